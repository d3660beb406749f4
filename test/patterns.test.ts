import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from 'scslre';
import t from 'tap';
import { patternsOf, type SourcePattern } from './helpers/hostile/source-patterns.js';

const root = fileURLToPath(new URL('../../src/', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const found = files.map((file) => patternsOf(file, readFileSync(path.join(root, file), 'utf8')));

/** What could make a pattern take more than linear time for some text: its repeated parts, each with how. */
const superLinear = ({ source, flags }: Omit<SourcePattern, 'place'>): readonly string[] =>
  analyse({ source, flags }).reports.map(({ type, character }) => `${type} ${character.literal.source}`);

t.test('the analysis finds what it is there for', async (t) => {
  t.ok(superLinear({ source: '^(?:\\d+\\.?\\d*h)+$', flags: '' }).length > 0, 'a quantifier within a quantifier');
  t.ok(superLinear({ source: '^\\d+\\.?\\d*$', flags: '' }).length > 0, 'two that take the same');
  t.ok(superLinear({ source: '/+$', flags: '' }).length > 0, 'one that starts anew at each place');
  t.same(superLinear({ source: '^\\d+(?:\\.\\d*)?$', flags: '' }), []);
});

t.test('the search finds literals and what is put together', async (t) => {
  const text = 'const A = "a+"; f(/b\\/c/gu, new RegExp(`^${A}$`, "m"), RegExp(A), new RegExp(x))';
  t.same(patternsOf('x.ts', text), {
    patterns: [
      { place: 'x.ts:1', source: 'b\\/c', flags: 'gu' },
      { place: 'x.ts:1', source: '^a+$', flags: 'm' },
      { place: 'x.ts:1', source: 'a+', flags: '' },
    ],
    unknown: ['x.ts:1'],
  });
  t.ok(found.flatMap(({ patterns }) => patterns).length > 200);
});

t.test('no pattern is put together from what only the running program knows', async (t) => {
  t.same(
    found.flatMap(({ unknown }) => unknown),
    [],
  );
});

t.test('every pattern takes linear time', async (t) => {
  const reports = found.flatMap(({ patterns }) =>
    patterns.flatMap((pattern) =>
      superLinear(pattern).map((report) => `${pattern.place} /${pattern.source}/: ${report}`),
    ),
  );
  t.same(reports, []);
});
