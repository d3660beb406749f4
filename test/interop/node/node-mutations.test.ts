import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import { ALL_COLLECTORS } from '../../../src/node/all-collectors.js';
import type { CollectorSpec } from '../../../src/node/collector.js';
import { readExposition } from '../../helpers/exposition.js';
import { MIDDLE_GONE, type Mutation, mutationsOf, withMutation } from '../../helpers/hostile/mutations.js';
import { recordFiles } from '../../helpers/hostile/recorded-files.js';
import { GRAPHICS_CARD } from '../../helpers/node/graphics-card.js';
import { type Files, writeTree } from '../../helpers/node/host-tree.js';
import { findNodeExporter, NO_NODE_EXPORTER, type Peer, REPOSITORY, startNodeExporter } from '../../helpers/peer.js';
import type { ChildService } from '../../helpers/services/child-service.js';
import { askCollector } from '../../helpers/services/collect.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { MUTATION_DIFFERENCES } from './node-mutation-differences.js';

t.setTimeout(500_000);

/**
 * Those that read no files of the trees; `dmi` and `selinux`, whose files the peer reads once or never below
 * --path.sysfs; and what node_exporter has since 1.12.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['systemd', 'logind', 'ntp', 'timex', 'uname', 'time', 'dmi', 'selinux', 'dmmultipath', 'nvmesubsystem'],
  ...['ethtool', 'network_route', 'runit', 'supervisord'],
]);

/** Trees that upstream's fixtures do not have. */
const FURTHER_FILES: Files = {
  'proc/net/dev': [
    'Inter-|   Receive                            |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    '    lo: 1664039048 1566805 0 0 0 0 0 0 1664039048 1566805 0 0 0 0 0 0',
    '  eth0: 874354587 1036395 1 2 3 4 5 6 563352563 732147 7 8 9 10 11 12',
    'docker0: 2568 38 0 0 0 0 0 0 438 6 0 0 0 0 0 0',
    '',
  ].join('\n'),
  ...GRAPHICS_CARD,
};

/** `$TREE` stands for the folder of the trees; a switch has `true` or `false`. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> = {
  arp: { 'arp.netlink': 'false' },
  cpu: { 'cpu.info': 'true', 'cpu.info.bugs-include': '.*', 'cpu.info.flags-include': '.*' },
  netdev: { 'netdev.netlink': 'false' },
  stat: { 'stat.softirq': 'true' },
  qdisc: { 'qdisc.fixtures': '$TREE/qdisc/' },
  bcache: { 'bcache.priorityStats': 'true' },
  pcidevice: { 'pcidevice.names': 'true', 'pcidevice.idsfile': '$TREE/pci.ids' },
  wifi: { 'wifi.fixtures': '$TREE/wifi' },
  sysctl: {
    'sysctl.include': ['fs.file-nr', 'fs.file-nr:total,current,max', 'kernel.threads-max'],
    'sysctl.include-info': 'kernel.seccomp.actions_avail',
  },
  textfile: { 'textfile.directory': '$TREE/textfile/two_metric_files/' },
  vmstat: { 'vmstat.fields': '.*' },
  netstat: { 'netstat.fields': '.*' },
  netclass: { 'netclass.ignore-invalid-speed': 'true' },
  // Debian's program has another default.
  filesystem: { 'filesystem.mount-points-exclude': '^/(dev|proc|sys)($|/)' },
};

/** Files that collectors do not read by way of the scrape's files. */
const READ_OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  qdisc: ['qdisc/results.json'],
  wifi: ['wifi/interfaces.json', 'wifi/wlan0/bss.json', 'wifi/wlan0/stationinfo.json'],
  textfile: ['textfile/two_metric_files/metrics1.prom', 'textfile/two_metric_files/metrics2.prom'],
  processes: ['proc/10/stat'],
};

type Series = ReadonlyMap<string, string>;

/** What became of one scrape of one collector. */
interface Outcome {
  readonly series: Series;
  /** Why it failed; undefined if it did not. */
  readonly failed?: string;
}

/** Not compared: what differs from scrape to scrape. */
const VOLATILE =
  /^(?:node_scrape_collector_|node_textfile_mtime_seconds|node_exporter_build_info|node_filesystem_(?:free|avail|files_free))/;

function seriesIn(text: string): Series {
  const all = [...readExposition(text).values()].flatMap(({ series }) => [...series]);
  return new Map(all.filter(([name]) => !VOLATILE.test(name)));
}

class Trees {
  readonly root = join(realpathSync(mkdtempSync(join(tmpdir(), 'sonde-mutations-'))), 'trees');
  readonly paths = {
    procfs: join(this.root, 'proc'),
    sysfs: join(this.root, 'sys'),
    rootfs: this.root,
    udevData: join(this.root, 'udev/data'),
  };

  constructor() {
    writeTree(this.root, JSON.parse(readFileSync(join(REPOSITORY, 'test/fixtures/node/tree.json'), 'utf8')) as Files);
    writeTree(this.root, FURTHER_FILES);
  }

  flagsOf(name: string): Readonly<Record<string, readonly string[]>> {
    const flags = Object.entries(FLAGS[name] ?? {});
    return Object.fromEntries(flags.map(([flag, value]) => [flag, [value].flat().map(this.#inTree)]));
  }

  readonly #inTree = (text: string): string => text.replace('$TREE', this.root);

  /** Asks the collector of this build; `read` has the files that it read. */
  async ask(spec: CollectorSpec): Promise<Outcome & { readonly read: readonly string[] }> {
    const { files, read } = recordFiles(this.paths);
    const asked = askCollector(spec, {
      paths: this.paths,
      files,
      flags: this.flagsOf(spec.name),
      enabled: ['cpufreq'],
    });
    try {
      return { series: seriesIn(await asked.scrape()), read: read() };
    } catch (error) {
      return { series: new Map(), failed: String(error), read: read() };
    } finally {
      await asked.close();
    }
  }

  remove(): void {
    rmSync(join(this.root, '..'), { recursive: true, force: true });
  }
}

/** The real program, started again whenever a file has ended it. */
class RealExporter {
  readonly #peer: Peer;
  readonly #args: readonly string[];
  #running: ChildService | undefined;
  /** How often it has ended by itself. */
  ended = 0;

  constructor(peer: Peer, { paths, flagsOf }: { readonly paths: Trees['paths']; readonly flagsOf: Trees['flagsOf'] }) {
    this.#peer = peer;
    const names = SWEPT.map(({ name }) => name);
    this.#args = [
      ...['--collector.disable-defaults', '--web.disable-exporter-metrics'],
      ...names.map((name) => `--collector.${name}`),
      ...[`--path.procfs=${paths.procfs}`, `--path.sysfs=${paths.sysfs}`],
      ...[`--path.rootfs=${paths.rootfs}`, `--path.udev.data=${paths.udevData}`],
      ...names.flatMap((name) =>
        Object.entries(flagsOf(name)).flatMap(([flag, values]) => values.map(argumentOf(flag))),
      ),
    ];
  }

  async ask(name: string): Promise<Outcome> {
    this.#running ??= await startNodeExporter(this.#peer, this.#args);
    try {
      const { text } = await httpGet(this.#running.address, `/metrics?collect[]=${name}`);
      const isSuccess = text.includes(`node_scrape_collector_success{collector="${name}"} 1\n`);
      return { series: seriesIn(text), ...(!isSuccess && { failed: 'node_scrape_collector_success is 0' }) };
    } catch (error) {
      await this.stop();
      this.ended += 1;
      return { series: new Map(), failed: `it has ended: ${String(error)}` };
    }
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }
}

function argumentOf(flag: string): (value: string) => string {
  return (value) => {
    if (value === 'true') return `--collector.${flag}`;
    return value === 'false' ? `--no-collector.${flag}` : `--collector.${flag}=${value}`;
  };
}

const SWEPT = ALL_COLLECTORS.filter(({ name }) => !LEFT_OUT.has(name));
const peer = findNodeExporter();

/** One file of each kind: `cpu0/topology/core_id` stands for those of all CPUs. */
function oneOfEachKind(files: readonly string[]): readonly string[] {
  const byKind = new Map<string, string>();
  for (const file of files) {
    const kind = basename(file).replace(/\d+/g, '#');
    if (!byKind.has(kind)) byKind.set(kind, file);
  }
  return [...byKind.values()];
}

/** What of `before` is not in `after` any more, or has another value there. */
function lostFrom(before: Series, after: Series): readonly string[] {
  return [...before].filter(([name, value]) => after.get(name) !== value).map(([name]) => name);
}

/** What is wrong with ours after a mutation, a sentence each. */
function judge(
  { of: kind, name }: Mutation,
  ours: { readonly before: Series; readonly after: Outcome; readonly withoutLine: readonly string[] },
  theirs: { readonly before: Series; readonly after: Outcome },
): readonly string[] {
  const problems: string[] = [];
  const lost = lostFrom(ours.before, ours.after.series);
  const kept = lost.filter((series) => {
    const value = theirs.before.get(series);
    return value === ours.before.get(series) && theirs.after.series.get(series) === value;
  });
  if (kept.length > 0) problems.push(`upstream keeps ${kept.length} series that are lost, such as ${kept[0]}`);
  if (kind !== 'file' && ours.after.failed !== undefined && ours.before.size > 1) problems.push(ours.after.failed);
  if (kind === 'number' && lost.length > 1) problems.push(`a number costs ${lost.length} series, such as ${lost[1]}`);
  const allowed = new Set(ours.withoutLine);
  const further = lost.filter((series) => !allowed.has(series));
  if (kind === 'line' && /\b(?:odd|blank|first word)\b/.test(name) && further.length > 0) {
    problems.push(`the line costs ${further.length} series more than its absence, such as ${further[0]}`);
  }
  return problems;
}

t.test('one odd file, line or number', { skip: peer === undefined ? NO_NODE_EXPORTER : false }, async (t) => {
  if (peer === undefined) return;
  const trees = new Trees();
  const exporter = new RealExporter(peer, { paths: trees.paths, flagsOf: (name) => trees.flagsOf(name) });
  t.teardown(async () => {
    await exporter.stop();
    trees.remove();
  });
  let count = 0;
  const used = new Set<string>();
  for (const spec of SWEPT) {
    const { name } = spec;
    const [theirs, ours] = [await exporter.ask(name), await trees.ask(spec)];
    const further = (READ_OTHERWISE[name] ?? []).map((file) => join(trees.root, file));
    const wrong: string[] = [];
    for (const path of oneOfEachKind([...ours.read, ...further])) {
      const before = readFileSync(path, 'utf8');
      let withoutLine: readonly string[] = [];
      for (const mutation of mutationsOf(before)) {
        count += 1;
        await withMutation(path, { before, mutation }, async () => {
          const [their, our] = [await exporter.ask(name), await trees.ask(spec)];
          if (mutation.name === MIDDLE_GONE) withoutLine = lostFrom(ours.series, our.series);
          const what = `${path.slice(trees.root.length + 1)}: ${mutation.name}`;
          const problems = judge(
            mutation,
            { before: ours.series, after: our, withoutLine },
            { before: theirs.series, after: their },
          );
          for (const problem of problems) {
            const known = MUTATION_DIFFERENCES.find((each) => each.collector.test(name) && each.mutation.test(what));
            if (known === undefined) wrong.push(`${what}: ${problem}`);
            else used.add(known.why);
          }
        });
      }
    }
    t.ok(ours.series.size > 0 || ['swap', 'tcpstat'].includes(name), `${name}: ${ours.series.size} series`);
    t.same(wrong, [], name);
  }
  t.comment(`${count} mutations; node_exporter ${peer.version} ended ${exporter.ended} times`);
  t.same(
    MUTATION_DIFFERENCES.map(({ why }) => why).filter((why) => !used.has(why)),
    [],
    'no difference is listed that there is not',
  );
});
