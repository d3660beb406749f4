import { join } from 'node:path';
import t from 'tap';
import { REPOSITORY } from './helpers/peer.js';

interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly from: string;
  readonly line: number;
  readonly column: number;
}

// A script, which has no types.
const { mutationsOf, compileMutant, sample } = (await import(join(REPOSITORY, 'scripts/mutations.mjs'))) as {
  readonly mutationsOf: (fileName: string, text: string) => readonly Mutation[];
  readonly compileMutant: (fileName: string, text: string, mutation: Mutation) => string;
  readonly sample: <T>(list: readonly T[], limit: number) => readonly T[];
};

const changes = (text: string): readonly string[] =>
  mutationsOf('x.ts', text).map(({ from, text: to }) => `${from} → ${to}`);

t.test('what is changed in a file', async (t) => {
  for (const { name, text, expected } of [
    { name: 'an order', text: 'a < b;', expected: ['< → <='] },
    { name: 'an equality', text: 'a === b;', expected: ['=== → !=='] },
    { name: 'a number', text: 'f(41);', expected: ['41 → (41 + 1)'] },
    { name: 'a truth value', text: 'const a = true;', expected: ['true → false'] },
    { name: 'a negation', text: 'f(!a);', expected: ['!a → (a)'] },
    { name: 'a condition', text: 'if (isOpen()) f();', expected: ['isOpen() → !(isOpen())'] },
    { name: 'both sides of a conjunction', text: 'a > 1 && b;', expected: ['> → >=', '1 → (1 + 1)', '&& → ||'] },
    { name: 'no type', text: 'type A = 1 | true; interface B { c: 2 } let d: 3;', expected: [] },
    { name: 'no name of a property', text: 'const a = { 1: b };', expected: [] },
  ])
    t.same(changes(text), expected, name);
});

t.test('a change is told by its place, and compiled alone', async (t) => {
  const text = "import type { A } from './a.js';\nexport const f = (a: A): boolean => a.b < 2 && a.c;\n";
  const [less] = mutationsOf('x.ts', text);
  t.match(less, { line: 2, column: 41, from: '<', text: '<=' });
  t.equal(compileMutant('x.ts', text, less!), 'export const f = (a) => a.b <= 2 && a.c;\n');
});

t.test('a sample is spread over the whole, and always the same', async (t) => {
  t.same(sample([1, 2, 3, 4, 5, 6], 3), [1, 3, 5]);
  t.same(sample([1, 2], 3), [1, 2]);
});
