import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { REPOSITORY } from './helpers/peer.js';

const read = (name: string): string => readFileSync(join(REPOSITORY, name), 'utf8');

/** So busy a core may be, and so often each target is probed. */
const SHARE = 0.7;
const INTERVAL_SECONDS = 15;
const TARGETS = 1_000_000;

/** The cells of each row of the page that has so many. */
function rowsOf(text: string, cells: number): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((row) => row.length === cells);
}

/** CPU of a warm probe on Node 24 in milliseconds, by what it asks. */
function measured(): ReadonlyMap<string, number> {
  const [, warm = ''] = read('bench/README.md').split('\nWarm, ');
  const rows = rowsOf(warm.split('\n#')[0] ?? '', 6).filter(([, program = '']) => program.startsWith('Sonde, Node 24'));
  return new Map(rows.map(([probe = '', , , cpu = '']) => [probe, Number(cpu)]));
}

/** What a probe of so many milliseconds comes to: the cells of a row behind the name. */
function computed(ms: number): readonly number[] {
  const aSecond = 1000 / ms;
  const cores = Math.ceil(((TARGETS / INTERVAL_SECONDS) * ms) / 1000 / SHARE);
  return [ms, Math.round(aSecond), Math.floor(aSecond * INTERVAL_SECONDS * SHARE), cores];
}

const numbersIn = (cells: readonly string[]): readonly number[] =>
  cells.map((text) => Number(text.replaceAll(',', '')));

t.test('docs/scale.md computes with what bench/README.md says', async (t) => {
  const cpu = measured();
  const rows = rowsOf(read('docs/scale.md'), 5).filter(([name = '']) => cpu.has(name));
  t.equal(rows.length, 8);
  for (const [name = '', ...figures] of rows) t.same(numbersIn(figures), computed(cpu.get(name) ?? NaN), name);
});

/** The figures of the schedule in bench/README.md, by what they are. */
function scheduleFigures(): ReadonlyMap<string, string> {
  const section = read('bench/README.md').split('\n## The schedule\n')[1] ?? '';
  return new Map(rowsOf(section, 2).map(([name = '', figure = '']) => [name, figure]));
}

t.test('so it does for the schedule, with the shards that follow', async (t) => {
  const figures = scheduleFigures();
  const [, p99 = ''] = /, (\d+), \d+ ms$/.exec(figures.get('started late: median, 90 %, 99 %, 99.9 %') ?? '') ?? [];
  const [mib = ''] = /^\d+/.exec(figures.get('resident') ?? '') ?? [];
  const microseconds = parseFloat(figures.get('CPU a probe') ?? '');
  const page = read('docs/scale.md').replace(/\s+/g, ' ');
  t.match(page, `took ${figures.get('CPU, of a core')} of a core and ${mib} MiB, 99 % of the starts within ${p99} ms`);
  const [row = []] = rowsOf(read('docs/scale.md'), 5).filter(([name]) => name === '7 of 10 http, the others tcp');
  const expected = computed(microseconds / 1000);
  t.same(numbersIn(row.slice(1)), expected);
  const cores = expected[3] ?? NaN;
  const [mean, largest] = [TARGETS / cores, (1.15 * TARGETS) / cores];
  const busy = Math.round(((largest / INTERVAL_SECONDS) * microseconds) / 1e4);
  const shown = (count: number): string => Math.ceil(count).toLocaleString('en');
  t.match(
    page,
    `are ${cores} processes with \`--schedule.shard=1/${cores}\` and so on, each with ${shown(mean)} targets`,
  );
  t.match(page, `which is ${shown(largest)} targets and ${busy} % of its core`);
});
