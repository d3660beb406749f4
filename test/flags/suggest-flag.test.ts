import t from 'tap';
import { parseFlags } from '../../src/flags/parse-flags.js';
import { suggestFlag } from '../../src/flags/suggest-flag.js';
import { NODE_COMMAND_FLAGS } from '../../src/services/node/node-flags.js';
import { PROBER_FLAGS } from '../../src/services/prober/prober-flags.js';

t.test('what was probably meant', async (t) => {
  for (const [name, meant] of [
    ['confg.file', 'config.file'],
    ['config-file', 'config.file'],
    ['configFile', 'config.file'],
    ['listen-address', 'web.listen-address'],
    ['web.listen-adress', 'web.listen-address'],
    ['log-level', 'log.level'],
    ['no-config.chek', 'no-config.check'],
    ['history.limits', 'history.limit'],
    ['nope', undefined],
    ['no-config.file', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ] as const) {
    t.equal(suggestFlag(name, PROBER_FLAGS), meant, name.slice(0, 30));
  }
  for (const [name, meant] of [
    ['collector.foo', undefined],
    ['collector.systemmd', 'collector.systemd'],
    ['no-collector.hwmom', 'no-collector.hwmon'],
    ['collector.arp.devic-exclude', 'collector.arp.device-exclude'],
    ['collector.arp.device-exclud', undefined],
    ['collector.dmi.device-include', undefined],
    ['collector.systemd.disable-task-metrics', undefined],
  ] as const) {
    t.equal(suggestFlag(name, NODE_COMMAND_FLAGS), meant, name);
  }
});

t.test('the message', async (t) => {
  t.throws(() => parseFlags(['--confg.file=x'], PROBER_FLAGS), {
    message: "unknown long flag '--confg.file' (did you mean '--config.file'?)",
  });
  t.throws(() => parseFlags(['-config.file=x'], PROBER_FLAGS), {
    message: "unknown short flag '-c' (did you mean '--config.file'?)",
  });
});
