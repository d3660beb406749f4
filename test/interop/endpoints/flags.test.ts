import { spawnSync } from 'node:child_process';
import t from 'tap';
import type { FlagDefinition } from '../../../src/flags/flag-definition.js';
import { exporterFlags } from '../../../src/services/exporters/exporter-flags.js';
import { NODE_COMMAND_FLAGS } from '../../../src/services/node/node-flags.js';
import { PROBER_FLAGS } from '../../../src/services/prober/prober-flags.js';
import { PUSHGATEWAY_FLAGS } from '../../../src/services/pushgateway/pushgateway-flags.js';
import {
  findBlackboxExporter,
  findMysqldExporter,
  findNginxExporter,
  findNodeExporter,
  findPostgresExporter,
  findPushgateway,
  findRedisExporter,
  NO_MYSQLD_EXPORTER,
  NO_NGINX_EXPORTER,
  NO_NODE_EXPORTER,
  NO_PEER,
  NO_POSTGRES_EXPORTER,
  NO_PUSHGATEWAY,
  NO_REDIS_EXPORTER,
  sondeCommand,
  startNodeExporter,
  startSondeNode,
} from '../../helpers/peer.js';
import { exporterNamed } from '../../helpers/services/start-exporter.js';

// Each start of Node takes a second on a busy machine.
t.setTimeout(500_000);

const node = findNodeExporter();

for (const { name, peer, flags, without } of [
  { name: 'blackbox_exporter', peer: findBlackboxExporter(), flags: PROBER_FLAGS, without: NO_PEER },
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

for (const { name, peer, command, without } of [
  { name: 'blackbox_exporter', peer: findBlackboxExporter(), command: [], without: NO_PEER },
  { name: 'Pushgateway', peer: findPushgateway(), command: ['pushgateway'], without: NO_PUSHGATEWAY },
  { name: 'node_exporter', peer: node, command: ['node'], without: NO_NODE_EXPORTER },
]) {
  t.test(
    `texts instead of a service, beside ${name}`,
    { skip: peer === undefined && without, timeout: 300_000 },
    async (t) => {
      const theirs = (...args: readonly string[]) => spawnSync(peer?.path ?? '', args, { encoding: 'utf8' });
      const ours = (...args: readonly string[]) => {
        const { command: node, args: all } = sondeCommand([...command, ...args]);
        return spawnSync(node, all, { encoding: 'utf8' });
      };
      const all = [
        { args: ['--help-long', '--nope'], begins: /^usage: / },
        { args: ['--help-man', '--log.level=nope'], begins: /^\.TH \S+ 1 / },
        { args: ['--completion-script-bash'], begins: /^\s*_\S+\(\) \{\n/ },
        { args: ['--completion-script-zsh'], begins: /^\s*#compdef / },
        { args: ['--version', '--nope'], begins: /^\S+, version / },
        { args: ['--nope', '--version'], begins: /^$/ },
      ];
      // Each is a start of Node; the services share the code.
      for (const { args, begins } of command.length === 0 ? all : all.slice(0, 2)) {
        const [one, other] = [ours(...args), theirs(...args)];
        t.match(one.stdout, begins, args.join(' '));
        t.match(other.stdout, begins, args.join(' '));
        t.equal(one.status, other.status, args.join(' '));
      }
      const question = ['--completion-bash', ...command, '--log.level', ''];
      const { command: program, args } = sondeCommand(question);
      t.equal(
        spawnSync(program, args, { encoding: 'utf8' }).stdout.trim(),
        theirs('--completion-bash', '--log.level', '').stdout.trim(),
        'completion',
      );
    },
  );
}

const nginx = findNginxExporter();
t.test(
  "every flag of nginx-prometheus-exporter's help is ours, too",
  { skip: nginx === undefined && NO_NGINX_EXPORTER },
  async (t) => {
    const known = new Map(exporterFlags(exporterNamed('nginx')).map((flag) => [flag.name, flag.kind]));
    const { stdout, stderr } = spawnSync(nginx?.path ?? '', ['--help'], { encoding: 'utf8' });
    const theirs = flagsOf(stdout + stderr);
    t.ok(theirs.size > 10);
    for (const [flag, kind] of theirs) t.equal(known.get(flag), kind, flag);
  },
);

const postgres = findPostgresExporter();
t.test(
  "every flag of postgres_exporter's help is ours, too",
  { skip: postgres === undefined && NO_POSTGRES_EXPORTER },
  async (t) => {
    const known = new Map(exporterFlags(exporterNamed('postgres')).map((flag) => [flag.name, flag.kind]));
    const { stdout, stderr } = spawnSync(postgres?.path ?? '', ['--help'], { encoding: 'utf8' });
    const theirs = flagsOf(stdout + stderr);
    t.ok(theirs.size > 40);
    for (const [flag, kind] of theirs) t.equal(known.get(flag), kind, flag);
  },
);

const mysqld = findMysqldExporter();
t.test(
  "every flag of mysqld_exporter's help is ours, too",
  { skip: mysqld === undefined && NO_MYSQLD_EXPORTER },
  async (t) => {
    const known = new Map(exporterFlags(exporterNamed('mysql')).map((flag) => [flag.name, flag.kind]));
    const { stdout, stderr } = spawnSync(mysqld?.path ?? '', ['--help'], { encoding: 'utf8' });
    const theirs = flagsOf(stdout + stderr);
    t.ok(theirs.size > 50);
    for (const [flag, kind] of theirs) t.equal(known.get(flag), kind, flag);
  },
);

const redis = findRedisExporter();
t.test(
  "every flag of redis_exporter's help is ours, too",
  { skip: redis === undefined && NO_REDIS_EXPORTER },
  async (t) => {
    const known = new Map(exporterFlags(exporterNamed('redis')).map((flag) => [flag.name, flag.kind]));
    // Go's package `flag` shows the type behind the name; a switch has none.
    const { stderr } = spawnSync(redis?.path ?? '', ['--help'], { encoding: 'utf8' });
    const theirs = [...stderr.matchAll(/^ {2}-([\w.-]+)(?: (string|int))?/gm)];
    t.ok(theirs.length > 40);
    for (const [, flag = '', type] of theirs) {
      const kind = flag === 'web.listen-address' ? 'repeatable' : type === undefined ? 'switch' : 'value';
      t.equal(known.get(flag), kind, flag);
    }
  },
);

/**
 * `  -h, --[no-]help  …`, `      --web.listen-address=:9115 ...  …`: at least two blanks stand before the text, or the
 * line's end.
 */
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
  { skip: node === undefined && NO_NODE_EXPORTER, timeout: 300_000 },
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
