import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ACCEPT_TABLE } from '../config/accept-table.js';

// The path of a blackbox_exporter binary (0.28); without one there is nothing to compare with.
const peer = process.env['SONDE_PEER_BLACKBOX'];

t.test(
  'blackbox_exporter accepts and refuses what the table says',
  { skip: peer ? false : 'SONDE_PEER_BLACKBOX is not set' },
  async (t) => {
    const file = join(mkdtempSync(join(tmpdir(), 'sonde-config-')), 'blackbox.yml');
    for (const { name, yaml, accepted, newer } of ACCEPT_TABLE) {
      writeFileSync(file, yaml);
      const child = spawn(peer ?? '', ['--config.check', `--config.file=${file}`], { stdio: 'ignore' });
      const [code] = (await once(child, 'exit')) as [number | null];
      t.equal(
        code === 0,
        newer === undefined ? accepted : !accepted,
        newer === undefined ? name : `${name} (0.28: ${newer})`,
      );
    }
  },
);
