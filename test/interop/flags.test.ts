import t from 'tap';
import { spawnSync } from 'node:child_process';
import type { FlagDefinition } from '../../src/cli/flag-definition.js';
import { NODE_COMMAND_FLAGS } from '../../src/cli/node-flags.js';
import { PUSHGATEWAY_FLAGS } from '../../src/cli/pushgateway-flags.js';
import { SERVE_FLAGS } from '../../src/cli/serve-flags.js';
import {
  NO_NODE_EXPORTER,
  NO_PEER,
  NO_PUSHGATEWAY,
  findBlackboxExporter,
  findNodeExporter,
  findPushgateway,
  startNodeExporter,
  startSondeNode,
} from '../helpers/peer.js';

const node = findNodeExporter();

for (const { name, peer, flags, without } of [
  { name: 'blackbox_exporter', peer: findBlackboxExporter(), flags: SERVE_FLAGS, without: NO_PEER },
  { name: 'Pushgateway', peer: findPushgateway(), flags: PUSHGATEWAY_FLAGS, without: NO_PUSHGATEWAY },
  { name: 'node_exporter', peer: node, flags: NODE_COMMAND_FLAGS, without: NO_NODE_EXPORTER },
]) {
  t.test(`every flag of ${name}'s help is ours, too`, { skip: peer === undefined && without }, async (t) => {
    const known = new Map(flags.map((flag) => [flag.name, flag.kind]));
    const theirs = flagsOf(spawnSync(peer?.path ?? '', ['--help'], { encoding: 'utf8' }).stdout);
    t.ok(theirs.size > 10);
    // Where upstream takes one value, several may have a meaning here.
    for (const [flag, kind] of theirs) t.equal(flag === 'config.file' ? 'value' : known.get(flag), kind, flag);
  });
}

/** `  -h, --[no-]help  …`, `      --web.listen-address=:9115 ...  …`: at least two blanks stand before the text, or the line's end. */
function flagsOf(help: string): ReadonlyMap<string, FlagDefinition['kind']> {
  const rows = help.matchAll(/^ {2,6}(?:-\w, )?--(?:\[no-\])?([\w.-]+)(=\S*(?: \S+)*?)?( \.\.\.)? {2}/gm);
  return new Map(
    [...rows].map(([, name = '', value, dots]) => [
      name,
      value === undefined ? 'switch' : dots === undefined ? 'value' : 'repeatable',
    ]),
  );
}

/** Those that are both applied, at once; those that exclude each other, one by one. */
const PAIRS = [
  ['arp.device', 'hwmon.chip', 'hwmon.sensor', 'interrupts.name', 'slabinfo.slabs', 'systemd.unit'],
  ...['diskstats.device', 'filesystem.mount-points', 'filesystem.fs-types', 'netdev.device', 'qdisc.device'].map(
    (pair) => [pair],
  ),
];

t.test(
  'an include and an exclude together',
  { skip: node === undefined && NO_NODE_EXPORTER, timeout: 90_000 },
  async (t) => {
    if (node === undefined) return;
    for (const [index, pairs] of PAIRS.entries()) {
      const args = pairs.flatMap((pair) => [
        `--collector.${pair.split('.')[0] ?? ''}`,
        `--collector.${pair}-include=a`,
        `--collector.${pair}-exclude=b`,
      ]);
      const once = [...new Set(['--collector.disable-defaults', ...args])];
      const [ours, theirs] = [await outcome(startSondeNode(once)), await outcome(startNodeExporter(node, once))];
      t.equal(ours, theirs, pairs.join(' '));
      t.equal(theirs, index === 0 ? 'starts' : 'exclude each other', pairs.join(' '));
    }
  },
);

async function outcome(starting: ReturnType<typeof startSondeNode>): Promise<'starts' | 'exclude each other'> {
  try {
    await (await starting).stop();
    return 'starts';
  } catch (error) {
    if (!/mut(?:ual|a)ly exclusive/.test(String(error))) throw error;
    return 'exclude each other';
  }
}
