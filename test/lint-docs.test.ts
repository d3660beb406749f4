import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Linter, type Rule } from 'eslint';
import t from 'tap';
import { parser } from 'typescript-eslint';

const root = fileURLToPath(new URL('../../', import.meta.url));
// A rule of our own, which ESLint loads as it stands; it has no types.
const { exportsHaveDocs } = (await import(path.join(root, 'scripts/lint-docs.mjs'))) as {
  readonly exportsHaveDocs: Rule.RuleModule;
};

const REFUSED = new Map([
  ['a constant', 'export const one = 1;'],
  ['a function', '// No docstring.\nexport function one() {}'],
  ['a type', '/* No docstring. */\nexport type One = 1;'],
  ['a docstring of something else', '/** Of the file. */\n\nexport class One {}'],
]);

const ACCEPTED = new Map([
  ['a docstring', '/** One. */\nexport interface One {}'],
  [
    'overloads',
    '/** One. */\nexport function one(a: 1): 1;\nexport function one(a: 2): 2;\nexport function one(a: 1 | 2) { return a; }',
  ],
  ['what is not exported', 'const one = 1;'],
  ['what is passed on', "export { one } from './one.js';"],
]);

const linter = new Linter({ configType: 'flat' });

function problemsOf(code: string): readonly (string | undefined)[] {
  const config = {
    languageOptions: { parser },
    plugins: { sonde: { rules: { docs: exportsHaveDocs } } },
    rules: { 'sonde/docs': 'error' },
  } as const;
  return linter.verify(code, config as unknown as Linter.Config).map(({ messageId }) => messageId);
}

for (const [name, code] of REFUSED) {
  t.test(`refused: ${name}`, async (t) => {
    t.same(problemsOf(code), ['missing']);
  });
}
for (const [name, code] of ACCEPTED) {
  t.test(`accepted: ${name}`, async (t) => {
    t.same(problemsOf(code), []);
  });
}
