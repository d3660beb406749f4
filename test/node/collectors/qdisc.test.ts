import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { qdisc } from '../../../src/node/collectors/qdisc.js';
import { askCollector } from '../../helpers/services/collect.js';

/** Without the addon `tc` is asked. */
const NO_ADDON = { missing: 'there is no compiler' };

/** A program of the name `tc` that does this; it is found before the system's own. */
function withTc(t: Test, script: string): Record<string, string> {
  const folder = t.testdir();
  const program = join(folder, 'tc');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return { PATH: `${folder}:/usr/bin:/bin` };
}

const OUTPUT = JSON.stringify([
  {
    kind: 'mq',
    dev: 'eth0',
    root: true,
    bytes: 30,
    packets: 3,
    drops: 1,
    overlimits: 2,
    requeues: 4,
    backlog: 5,
    qlen: 6,
  },
  {
    kind: 'fq_codel',
    dev: 'eth0',
    parent: ':1',
    bytes: 10,
    packets: 1,
    drops: 0,
    overlimits: 0,
    requeues: 0,
    backlog: 0,
    qlen: 0,
  },
  {
    kind: 'noqueue',
    dev: 'lo',
    root: true,
    bytes: 0,
    packets: 0,
    drops: 0,
    overlimits: 0,
    requeues: 0,
    backlog: 0,
    qlen: 0,
  },
]);

t.test('the roots that tc tells', async (t) => {
  const env = withTc(t, `[ "$*" = '-s -j qdisc show' ] && echo '${OUTPUT}'`);
  const flags = { 'qdisc.device-exclude': '^lo$' };
  const output = await askCollector(qdisc, { env, flags, kernel: NO_ADDON }).scrape();
  t.same(
    output.split('\n').filter((line) => line.startsWith('node_')),
    [
      'node_qdisc_backlog{device="eth0",kind="mq"} 5',
      'node_qdisc_bytes_total{device="eth0",kind="mq"} 30',
      'node_qdisc_current_queue_length{device="eth0",kind="mq"} 6',
      'node_qdisc_drops_total{device="eth0",kind="mq"} 1',
      'node_qdisc_overlimits_total{device="eth0",kind="mq"} 2',
      'node_qdisc_packets_total{device="eth0",kind="mq"} 3',
      'node_qdisc_requeues_total{device="eth0",kind="mq"} 4',
    ],
  );
});

t.test('a tc that fails', async (t) => {
  const rows = [
    { name: 'an exit code', script: 'echo no >&2; exit 2', message: /Command failed/ },
    { name: 'no JSON', script: 'echo qdisc noqueue', message: /cannot read what tc says/ },
    {
      name: 'something else',
      script: `echo '[{"root":true}]'`,
      message: 'cannot read the qdiscs: one has no device or no kind',
    },
  ];
  for (const { name, script, message } of rows) {
    await t.rejects(askCollector(qdisc, { env: withTc(t, script), kernel: NO_ADDON }).scrape(), { message }, name);
  }
});

t.test('a tc that hangs ends with the scrape', async (t) => {
  const abort = new AbortController();
  const scrape = askCollector(qdisc, {
    env: withTc(t, 'exec sleep 60'),
    signal: abort.signal,
    kernel: NO_ADDON,
  }).scrape();
  setImmediate(() => abort.abort());
  await t.rejects(scrape, { name: 'AbortError' });
});
