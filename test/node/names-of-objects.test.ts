import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { ALL_COLLECTORS } from '../../src/node/all-collectors.js';
import { nodeFixtures } from '../helpers/node/node-fixtures.js';
import { askCollector } from '../helpers/services/collect.js';

/** Names that every plain object of JavaScript answers to. */
const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__'] as const;

const { paths } = nodeFixtures(t);

/**
 * `[collector, file of the trees, the line that is added to it for a name]`: the kernel has no such names, so that
 * nothing becomes of them.
 */
const PASSED_OVER = [
  ['stat', 'proc/stat', (name: string) => `${name} 1\n`],
  ['xfrm', 'proc/net/xfrm_stat', (name: string) => `${name} \t1\n`],
  ['zoneinfo', 'proc/zoneinfo', (name: string) => `        ${name} 1\n`],
  ['selinux', 'etc/selinux/config', (name: string) => `SELINUX=${name}\n`],
  ['pressure', 'proc/pressure/cpu', (name: string) => `${name} avg10=0.00 total=1\n`],
] as const;

t.test('lines whose names objects have are passed over', async (t) => {
  mkdirSync(join(paths.sysfs, 'fs/selinux'), { recursive: true });
  writeFileSync(join(paths.sysfs, 'fs/selinux/enforce'), '1\n');
  for (const [name, file, lineOf] of PASSED_OVER) {
    const path = join(paths.rootfs, file);
    mkdirSync(dirname(path), { recursive: true });
    // Not each of the files ends with a line's end.
    appendFileSync(path, '\n');
    const before = await scrape(name);
    for (const odd of NAMES) appendFileSync(path, lineOf(odd));
    t.equal(await scrape(name), before, `${name}: ${file}`);
  }
});

/** `[collector, file for a name, its content, flags]`. */
const FILES = [
  ['zfs', (name: string) => `proc/spl/kstat/zfs/${name}`, 'hits 4 1\n', {}],
  [
    'netdev',
    (name: string) => `sys/class/net/eth0/statistics/${name}`,
    '1\n',
    { 'netdev.enable-detailed-metrics': 'true' },
  ],
  ['hwmon', (name: string) => `sys/class/hwmon/hwmon0/${name}`, '1\n', {}],
  ['powersupplyclass', (name: string) => `sys/class/power_supply/BAT0/${name}`, '1\n', {}],
] as const;

t.test('files whose names objects have are passed over', async (t) => {
  for (const [name, fileOf, content, flags] of FILES) {
    mkdirSync(dirname(join(paths.rootfs, fileOf('x'))), { recursive: true });
    const before = await scrape(name, flags);
    for (const odd of NAMES) {
      writeFileSync(join(paths.rootfs, fileOf(odd)), content);
    }
    t.equal(await scrape(name, flags), before, name);
  }
});

/** `[collector, file, line for a name, a part of the series that it gives, flags]`: names that are the host's own. */
const SHOWN = [
  [
    'meminfo',
    'proc/meminfo',
    (name: string) => `${name}: 1 kB\n`,
    (name: string) => `node_memory_${name}_bytes 1024`,
    {},
  ],
  [
    'netstat',
    'proc/net/snmp6',
    (name: string) => `Ip6${name} 1\n`,
    (name: string) => `node_netstat_Ip6_${name} 1`,
    { 'netstat.fields': '.*' },
  ],
  [
    'vmstat',
    'proc/vmstat',
    (name: string) => `${name} 1\n`,
    (name: string) => `node_vmstat_${name} 1`,
    { 'vmstat.fields': '.*' },
  ],
  ['softirqs', 'proc/softirqs', (name: string) => `${name}: 1\n`, (name: string) => `{cpu="0",type="${name}"} 1`, {}],
  ['cgroups', 'proc/cgroups', (name: string) => `${name} 1 1 1\n`, (name: string) => `{subsys_name="${name}"} 1`, {}],
] as const;

t.test('names of the host that objects have, too, are shown', async (t) => {
  for (const [name, file, lineOf, seriesOf, flags] of SHOWN) {
    appendFileSync(join(paths.rootfs, file), `\n${NAMES.map(lineOf).join('')}`);
    const text = await scrape(name, flags);
    for (const odd of NAMES) t.ok(text.includes(seriesOf(odd)), `${name}: ${odd}`);
  }
});

t.test('metrics, labels and values of a textfile have any name', async (t) => {
  const folder = t.testdir();
  const lines = NAMES.flatMap((name) => [
    `# HELP ${name} ${name}`,
    `# TYPE ${name} gauge`,
    `${name}{${name}="${name}"} 1`,
  ]);
  writeFileSync(join(folder, 'a.prom'), lines.map((line) => `${line}\n`).join(''));
  const text = await scrape('textfile', { 'textfile.directory': folder });
  for (const line of lines) t.ok(text.split('\n').includes(line), line);
});

async function scrape(name: string, flags: Readonly<Record<string, string>> = {}): Promise<string> {
  const spec = ALL_COLLECTORS.find((each) => each.name === name);
  if (spec === undefined) throw new Error(`there is no collector ${name}`);
  const asked = askCollector(spec, { paths, flags });
  const text = await asked.scrape();
  await asked.close();
  return text;
}
