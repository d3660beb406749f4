import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ACCEPT_TABLE } from '../../config/accept-table.js';
import { PATTERN_TABLE } from '../../values/go-regexp-table.js';

// The path of a blackbox_exporter binary (0.28); without one there is nothing to compare with.
const peer = process.env['SONDE_PEER_BLACKBOX'];

const skip = peer ? false : 'SONDE_PEER_BLACKBOX is not set';
const file = join(mkdtempSync(join(tmpdir(), 'sonde-config-')), 'blackbox.yml');

async function isAccepted(yaml: string): Promise<boolean> {
  writeFileSync(file, yaml);
  const child = spawn(peer ?? '', ['--config.check', `--config.file=${file}`], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

t.test('blackbox_exporter accepts and refuses what the table says', { skip }, async (t) => {
  for (const { name, yaml, accepted, newer } of ACCEPT_TABLE) {
    t.equal(
      await isAccepted(yaml),
      newer === undefined ? accepted : !accepted,
      newer === undefined ? name : `${name} (0.28: ${newer})`,
    );
  }
});

t.test('blackbox_exporter compiles the patterns that the table says', { skip }, async (t) => {
  for (const [pattern, accepted] of PATTERN_TABLE) {
    const module = { prober: 'tcp', tcp: { query_response: [{ expect: pattern }] } };
    t.equal(await isAccepted(JSON.stringify({ modules: { m: module } })), accepted, pattern);
  }
});
