import t from 'tap';
import { runCommand } from '../../src/cli/run-command.js';
import { testShell } from '../helpers/documents/test-shell.js';

const NONE = 'modules: {}\n';

t.test('an address that is a port alone, and others that are none', async (t) => {
  const dir = t.testdir({ 'b.yml': NONE });
  for (const [address, said] of [
    ['9115', /missing port in address" flag=--web\.listen-address hint="write the port as :9115"$/],
    ['127.0.0.1', /missing port in address" flag=--web\.listen-address$/],
    ['999999', /missing port in address" flag=--web\.listen-address$/],
  ] as const) {
    const shell = testShell([`--config.file=${dir}/b.yml`, `--web.listen-address=${address}`]);
    t.equal(await runCommand(shell), 1, address);
    t.match(shell.logLines.at(-1)?.trim(), said, address);
  }
});
