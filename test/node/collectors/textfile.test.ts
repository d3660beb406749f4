import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { textfile } from '../../../src/node/collectors/textfile.js';
import { type KernelCalls, loadKernelCalls } from '../../../src/node/kernel/kernel-calls.js';
import {
  LARGEST_TEXTFILE_BYTES,
  LONGEST_TEXTFILE_LINE,
  MOST_TEXTFILE_BOUNDS,
  MOST_TEXTFILE_SERIES,
} from '../../../src/node/read-textfile.js';
import { kernelCalls } from '../../helpers/node/kernel-bytes.js';
import { nodeFixtures } from '../../helpers/node/node-fixtures.js';
import { askCollector } from '../../helpers/services/collect.js';

/** Paths in the output are relative to where upstream's test runs. */
function runIn(t: Test, folder: string): void {
  const before = process.cwd();
  process.chdir(folder);
  t.teardown(() => {
    process.chdir(before);
  });
}

/** What upstream's table asks for where it is no folder of the output's name. */
const ASKED: Readonly<Record<string, string>> = { glob_extra_dimension: 'fixtures/textfile/*_extra_dimension' };

t.test('upstream’s expected outputs', async (t) => {
  runIn(t, join(nodeFixtures(t).folder, 'collector'));
  const names = readdirSync('fixtures/textfile')
    .filter((name) => name.endsWith('.out'))
    .map((name) => name.slice(0, -'.out'.length));
  t.equal(names.length, 15);
  for (const name of names) {
    const directory = ASKED[name] ?? `fixtures/textfile/${name}`;
    const output = await askCollector(textfile, { flags: { 'textfile.directory': directory } }).scrape();
    const expected = readFileSync(`fixtures/textfile/${name}.out`, 'utf8');
    t.equal(output.replaceAll(/^(node_textfile_mtime_seconds\{.*\}) \S+$/gm, '$1 1'), expected, name);
  }
});

/** A folder with these files; gives what a scrape shows of them (HELP and TYPE left out) and says. */
async function scrapeFiles(t: Test, files: Readonly<Record<string, string>>) {
  const folder = t.testdir(files);
  runIn(t, folder);
  for (const name of Object.keys(files)) utimesSync(name, 5, 5.9);
  const collector = askCollector(textfile, { flags: { 'textfile.directory': '.' } });
  const output = await collector.scrape();
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
  return { output, lines, said: collector.logLines };
}

t.test('without a folder there is nothing to read', async (t) => {
  const output = await askCollector(textfile).scrape();
  t.match(output, /^node_textfile_scrape_error 0$/m);
  t.notMatch(output, /mtime/);
});

t.test('a file that is wrong costs its own metrics only', async (t) => {
  const { lines, said } = await scrapeFiles(t, {
    'a.prom': 'a 1\n',
    'b.prom': 'b 1\nb x\n',
    'c.prom': 'c 1 5\n',
    'd.prom.tmp': 'd 1\n',
    'e.prom': '{"e.f"} 1\n',
  });
  t.strictSame(lines, ['a 1', 'node_textfile_mtime_seconds{file="a.prom"} 5', 'node_textfile_scrape_error 1']);
  const failed = 'error: failed to collect textfile data';
  t.strictSame(said, [
    `${failed} {"file":"b.prom","err":"failed to parse textfile data from \\"b.prom\\": text format parsing error in line 2: expected float as value, got \\"x\\""}`,
    `${failed} {"file":"c.prom","err":"textfile \\"c.prom\\" contains unsupported client-side timestamps, skipping entire file"}`,
    `${failed} {"file":"e.prom","err":"failed to parse textfile data from \\"e.prom\\": text format parsing error in line 1: invalid metric name \\"e.f\\""}`,
  ]);
});

t.test('of two types the first counts', async (t) => {
  const { lines, said } = await scrapeFiles(t, {
    'a.prom': '# TYPE x gauge\nx{f="a"} 1\n',
    'b.prom': '# TYPE x counter\nx{f="b"} 1\ny 2\n',
  });
  t.strictSame(lines.slice(-3), ['node_textfile_scrape_error 1', 'x{f="a"} 1', 'y 2']);
  t.strictSame(said, [
    'error: left out a metric of a textfile: type counter here, but gauge in a.prom {"metric":"x","file":"b.prom"}',
  ]);
});

t.test('a help in one file is the help of all', async (t) => {
  const { output, said } = await scrapeFiles(t, { 'a.prom': 'x{f="a"} 1\n', 'b.prom': '# HELP x Help.\nx{f="b"} 1\n' });
  t.match(output, '# HELP x Help.\n# TYPE x untyped\nx{f="a"} 1\nx{f="b"} 1\n');
  t.strictSame(said, []);
});

t.test('several folders, one of which is not there', async (t) => {
  runIn(t, t.testdir({ a: { 'x.prom': 'x 1\n' }, b: { c: { 'y.prom': 'y 1\n' }, d: { 'z.prom': 'z 1\n' } } }));
  const directories = ['a', 'b/*', 'nowhere', 'no*'];
  const collector = askCollector(textfile, { flags: { 'textfile.directory': directories } });
  const output = await collector.scrape();
  for (const line of ['x 1', 'y 1', 'z 1', 'node_textfile_scrape_error 1']) t.match(output, `\n${line}\n`);
  t.match(output, 'node_textfile_mtime_seconds{file="b/c/y.prom"}');
  t.equal(collector.logLines.length, 2);
  t.match(
    collector.logLines[0],
    'error: failed to read textfile collector directory {"path":"nowhere","err":"open nowhere: no such file',
  );
});

const TOO_MANY_LABELS =
  'all files together would have more than 2000000 labels, missing ones included, or 67108864 characters in their names';

t.test('what is no file, or too large for one, is refused at once', async (t) => {
  const folder = t.testdir({ 'good.prom': 'good 1\n', 'huge.prom': '' });
  runIn(t, folder);
  truncateSync('huge.prom', LARGEST_TEXTFILE_BYTES + 1);
  mkdirSync('folder.prom');
  t.equal(spawnSync('mkfifo', ['pipe.prom']).status, 0);
  cpSync('good.prom', 'copy.prom');
  const labels = Array.from({ length: 2000 }, (_unused, index) => `many{l${index}="1"} 1\n`).join('');
  writeFileSync('many.prom', labels);
  const collector = askCollector(textfile, { flags: { 'textfile.directory': '.' } });
  t.match(await collector.scrape(), '\ngood 1\n');
  t.strictSame(
    collector.logLines.map((line) => line.replace(/^.*(?:err":"|textfile: )/, '').replaceAll('\\"', "'")),
    [
      "failed to open textfile data file 'folder.prom': read folder.prom: is a directory\"}",
      `failed to open textfile data file 'huge.prom': read huge.prom: larger than 64 MiB"}`,
      `${TOO_MANY_LABELS} {"metric":"many","file":"many.prom"}`,
      "failed to open textfile data file 'pipe.prom': read pipe.prom: not a regular file, but a named pipe\"}",
    ],
  );
});

const HISTOGRAM = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n';
const SUMMARY = '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 3\ns_count 2\n';

/** `[file a, file b, what of b is left out, why]`: series of one file that a histogram or summary of another has. */
const COLLISIONS = [
  [
    HISTOGRAM,
    'h_count 7\n',
    'h_count',
    'collected metric named "h_count" collides with previously collected histogram named "h"',
  ],
  [
    HISTOGRAM,
    'h_sum{x="y"} 7\n',
    'h_sum',
    'collected metric named "h_sum" collides with previously collected histogram named "h"',
  ],
  [
    HISTOGRAM,
    'h_bucket 7\n',
    'h_bucket',
    'collected metric named "h_bucket" collides with previously collected histogram named "h"',
  ],
  [
    SUMMARY,
    's_count 7\n',
    's_count',
    'collected metric named "s_count" collides with previously collected summary named "s"',
  ],
  [
    'h_count 7\n',
    HISTOGRAM,
    'h',
    'collected histogram or summary named "h" collides with previously collected metric named "h_count"',
  ],
  [SUMMARY, 's_bucket 7\n', undefined, ''],
] as const;

t.test('what a histogram or summary of another file has is left out', async (t) => {
  for (const [first, second, metric, why] of COLLISIONS) {
    t.test(`${first.slice(0, 20)} and ${second.slice(0, 20)}`, async (t) => {
      const { lines, said } = await scrapeFiles(t, { 'a.prom': first, 'b.prom': `${second}other 1\n` });
      const shown = lines.filter((line) => !line.startsWith('node_textfile_'));
      const expected = `${first}${metric === undefined ? second : ''}other 1\n`;
      t.same(
        shown.toSorted(),
        expected
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'))
          .toSorted(),
      );
      t.ok(lines.includes(`node_textfile_scrape_error ${metric === undefined ? 0 : 1}`));
      const fields = JSON.stringify({ metric, file: 'b.prom' });
      t.same(said, metric === undefined ? [] : [`error: left out a metric of a textfile: ${why} ${fields}`]);
    });
  }
});

t.test('more series than a scrape may have', async (t) => {
  const lines = (name: string, count: number): string =>
    Array.from({ length: count }, (_unused, index) => `${name}{l="${index}"} 1\n`).join('');
  const { lines: shown, said } = await scrapeFiles(t, {
    'a.prom': lines('a', 60_000),
    'b.prom': lines('b', 60_000),
    'c.prom': lines('c', MOST_TEXTFILE_SERIES + 1),
    'd.prom': 'd 1\n',
    'e.prom': `${'e'.repeat(5000)} 1\n`,
  });
  const count = (name: string): number => shown.filter((line) => line.startsWith(`${name}{`)).length;
  t.same([count('a'), count('b'), count('c'), shown.includes('d 1')], [60_000, 0, 0, true]);
  t.ok(shown.includes('node_textfile_scrape_error 1'));
  const logged = JSON.stringify(said);
  t.match(logged, /all files together would have more than 100000 series/);
  t.match(logged, /c\.prom.*more than 100000 series/);
  t.match(logged, /e\.prom.*a name of more than 4096 characters/);
});

/** A family of so many series, each with a label that no other has; filled in they are the square of that. */
function unlikeSeries(name: string, count: number, label = 'l'): string {
  return Array.from({ length: count }, (_unused, index) => `${name}{${label}${index}="1"} 1\n`).join('');
}

t.test('missing labels are counted over all metrics and files', async (t) => {
  const { lines, said } = await scrapeFiles(t, {
    'a.prom': unlikeSeries('a', 1000) + unlikeSeries('b', 900),
    'b.prom': `${unlikeSeries('c', 500)}d 1\n`,
  });
  const count = (name: string): number => lines.filter((line) => line.startsWith(`${name}{`)).length;
  t.same([count('a'), count('b'), count('c'), lines.includes('d 1')], [1000, 900, 0, true]);
  t.ok(lines.includes('node_textfile_scrape_error 1'));
  t.same(said, [`error: left out a metric of a textfile: ${TOO_MANY_LABELS} {"metric":"c","file":"b.prom"}`]);
});

t.test('so are the characters of their names', async (t) => {
  const { lines, said } = await scrapeFiles(t, { 'a.prom': unlikeSeries('a', 200, 'l'.repeat(4000)) });
  t.notOk(lines.some((line) => line.startsWith('a{')));
  t.same(said, [`error: left out a metric of a textfile: ${TOO_MANY_LABELS} {"metric":"a","file":"a.prom"}`]);
});

t.test('the bytes of all files together are bounded', async (t) => {
  const line = `# HELP a ${'h'.repeat(LONGEST_TEXTFILE_LINE / 2)}\n`;
  const comments = '#\n'.padStart(LONGEST_TEXTFILE_LINE / 2, '#').repeat(96);
  const { lines, said } = await scrapeFiles(t, {
    'a.prom': `${comments}a 1\n`,
    'b.prom': `${comments}b 1\n`,
    'c.prom': `${line}a{x="y"} 1\n`,
  });
  t.ok(lines.includes('a 1') || lines.includes('a{x=""} 1'));
  t.notOk(lines.includes('b 1'));
  t.ok(lines.includes('a{x="y"} 1'), 'a smaller file behind it still has room');
  t.match(said, [/all textfiles together would have more than 64 MiB with \\"b\.prom\\"/]);
});

/** `[name, a file whose longest line has so many bytes]` */
const LONG_LINES = [
  ['a value', (length: number) => `a{x="${'v'.repeat(length - 9)}"} 1\n`],
  ['escapes', (length: number) => `a{x="${'\\\\'.repeat((length - 10) / 2)}v"} 1\n`],
  ['a help', (length: number) => `# HELP a ${'h'.repeat(length - 9)}\na 1\n`],
  ['a comment', (length: number) => `a 1\n#${'c'.repeat(length - 1)}\n`],
] as const;

t.test('lines are bounded, since each is read in one go', async (t) => {
  for (const [name, file] of LONG_LINES) {
    await t.test(`${name} that is as long as may be`, async (t) => {
      const { lines } = await scrapeFiles(t, { 'a.prom': file(LONGEST_TEXTFILE_LINE) });
      t.ok(lines.includes('node_textfile_scrape_error 0'));
    });
    await t.test(`${name} that is longer`, async (t) => {
      const { lines, said } = await scrapeFiles(t, { 'a.prom': file(LONGEST_TEXTFILE_LINE + 2) });
      t.ok(lines.includes('node_textfile_scrape_error 1'));
      t.match(said, [/or a line of more than 1 MiB/]);
    });
  }
});

t.test('buckets and quantiles of a series are bounded, since it is written in one go', async (t) => {
  const of = (count: number): Readonly<Record<string, string>> => ({
    'h.prom': `# TYPE h histogram\n${numbered(count, (n) => `h_bucket{le="${n}"} 1\n`)}`,
    's.prom': `# TYPE s summary\n${numbered(count, (n) => `s{quantile="${n}"} 1\n`)}`,
  });
  await t.test('as many as may be', async (t) => {
    const { lines } = await scrapeFiles(t, of(MOST_TEXTFILE_BOUNDS));
    t.ok(lines.includes('node_textfile_scrape_error 0'));
    t.ok(lines.includes(`h_bucket{le="${MOST_TEXTFILE_BOUNDS - 1}"} 1`));
  });
  await t.test('one more', async (t) => {
    const { lines, said } = await scrapeFiles(t, of(MOST_TEXTFILE_BOUNDS + 1));
    t.ok(lines.includes('node_textfile_scrape_error 1'));
    t.match(said, [/5000 buckets or quantiles in a series of h/, /5000 buckets or quantiles in a series of s/]);
  });
});

const numbered = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('');

/** Files of all kinds, 200 of them ordinary; gives their folder. */
function manyFiles(t: Test): string {
  const ordinary = Array.from({ length: 200 }, (_, index): [string, string] => [
    `f${index}.prom`,
    `m{f="${index}"} ${index}\n`,
  ]);
  const folder = t.testdir({
    ...Object.fromEntries(ordinary),
    'a-folder.prom': {},
    'empty.prom': '',
    'half-a-mib.prom': `${'#\n'.repeat(300_000)}half 1\n`,
    'longer-than-a-call.prom': `${'#\n'.repeat(600_000)}long 1\n`,
    'zz-link.prom': t.fixture('symlink', 'f7.prom'),
    'zz-nowhere.prom': t.fixture('symlink', 'nowhere'),
  });
  t.equal(spawnSync('mkfifo', [join(folder, 'pipe.prom')]).status, 0);
  return folder;
}

t.test('many files are read by few calls, and say what they say without the addon', async (t) => {
  const loaded = loadKernelCalls();
  if ('missing' in loaded) {
    t.comment(`skipped: ${loaded.missing}`);
    return;
  }
  let calls = 0;
  const files: KernelCalls['files'] = (...asked) => {
    calls += 1;
    return loaded.calls.files(...asked);
  };
  const flags = { 'textfile.directory': manyFiles(t) };
  const together = askCollector(textfile, { flags, kernel: kernelCalls({ files }) });
  const oneByOne = askCollector(textfile, { flags, kernel: { missing: 'there is no compiler' } });
  const output = await together.scrape();
  t.equal(output, await oneByOne.scrape());
  t.same(together.logLines, oneByOne.logLines);
  t.equal(together.logLines.length, 3, 'a folder, a pipe and a link to nothing');
  t.match(output, /^m\{f="199"\} 199$/m);
  t.match(output, /^half 1$/m);
  t.match(output, /^long 1$/m);
  t.ok(calls > 0 && calls < 10, `${calls} calls`);
});

t.test('where a call for many files fails, each is read by itself', async (t) => {
  const folder = t.testdir({ 'a.prom': 'a 1\n', 'b.prom': 'b 1\n' });
  const collector = askCollector(textfile, { flags: { 'textfile.directory': folder }, kernel: kernelCalls({}) });
  const output = await collector.scrape();
  t.match(output, /^a 1$/m);
  t.match(output, /^b 1$/m);
  t.same(collector.logLines, []);
});
