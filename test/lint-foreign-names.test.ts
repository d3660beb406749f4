import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint, Linter, type Rule } from 'eslint';
import t from 'tap';
import ts from 'typescript';
import { parser } from 'typescript-eslint';

const root = fileURLToPath(new URL('../../', import.meta.url));
// A rule of our own, which ESLint loads as it stands; it has no types.
const { noForeignNames } = (await import(path.join(root, 'scripts/lint-foreign-names.mjs'))) as {
  readonly noForeignNames: Rule.RuleModule;
};

const TABLE =
  'const TABLE: Record<string, number> = { a: 1 }; const CLOSED = { a: 1, b: 2 } as const; declare const name: string;\n';

const REFUSED = new Map([
  ['a look-up', 'TABLE[name];'],
  ['one of what may be undefined', 'declare const some: typeof TABLE | undefined; some?.[name];'],
  ['one in a literal', '({ a: 1 } as Record<string, number>)[name];'],
  ['one by a part of a text', 'TABLE[name.slice(1)]; '],
  ['one by a text that is put together', 'TABLE[`x${name}`];'],
  ['one by a text of a kind', 'declare const kind: `x-${string}`; TABLE[kind];'],
  ['one by a text or a number', 'declare const step: string | number; TABLE[step];'],
  ['one behind a cast', 'CLOSED[name as keyof typeof CLOSED];'],
  ['one by a type parameter', 'const f = <K extends string>(key: K): number | undefined => TABLE[key]; f(name);'],
  ['one by destructuring', 'const { [name]: value } = TABLE; value;'],
  ['an assignment', 'TABLE[name] = 1;'],
  ['`in`', 'name in CLOSED;'],
  ['Reflect', 'Reflect.get(CLOSED, name);'],
  ['the key of another object', 'for (const key in CLOSED) TABLE[key];'],
]);

const ACCEPTED = new Map([
  ['a Map', 'new Map([["a", 1]]).get(name);'],
  ['a number', 'const numbers = [1, 2]; declare const index: number; numbers[index]; name[index];'],
  ['a literal', 'TABLE["a"];'],
  ['names that are a union', 'declare const known: "a" | "b"; CLOSED[known]; TABLE[known]; known in CLOSED;'],
  ['keyof', 'declare const known: keyof typeof CLOSED; CLOSED[known];'],
  [
    'the names that a record was made for',
    'const f = <N extends string>(values: Readonly<Record<N, number>>, own: N): number => values[own]; f;',
  ],
  ['a loop over its own keys', 'for (const key in TABLE) TABLE[key];'],
  ['hasOwn', 'Object.hasOwn(TABLE, name);'],
  ['an object that is made', 'const made = { [name]: 1 }; made;'],
]);

const linter = new Linter({ configType: 'flat' });

/** Where the rule complains, and what it says. */
function complaints(program: ts.Program, file: string): readonly string[] {
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser, parserOptions: { programs: [program] } },
    plugins: { sonde: { rules: { 'no-foreign-names': noForeignNames } } },
    rules: { 'sonde/no-foreign-names': 'error' },
  };
  const messages = linter.verify(program.getSourceFile(file)!.text, config, { filename: file });
  const own = messages.filter(({ ruleId, fatal }) => ruleId === 'sonde/no-foreign-names' || fatal === true);
  return own.map(({ line, message }) => `${path.relative(root, file)}:${line} ${message}`);
}

const ROWS = [...[...REFUSED].map((row) => [...row, 1] as const), ...[...ACCEPTED].map((row) => [...row, 0] as const)];

/** All rows in one program, a file each. */
function programOf(texts: ReadonlyMap<string, string>): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    strict: true,
    types: [],
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const host = ts.createCompilerHost(options);
  const ofDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (file, version) => {
    const text = texts.get(file);
    return text === undefined ? ofDisk(file, version) : ts.createSourceFile(file, text, version, true);
  };
  return ts.createProgram([...texts.keys()], options, host);
}

t.test('what is refused, and what is not', async (t) => {
  const fileOf = (index: number): string => path.join(root, `row-${index}.ts`);
  const program = programOf(new Map(ROWS.map(([, text], index) => [fileOf(index), TABLE + text])));
  for (const [index, [name, , expected]] of ROWS.entries()) {
    t.equal(complaints(program, fileOf(index)).length, expected, `${expected === 1 ? 'refused' : 'accepted'}: ${name}`);
  }
});

t.test('it is on where src is linted', async (t) => {
  const eslint = new ESLint({ cwd: root });
  const config = (await eslint.calculateConfigForFile(path.join(root, 'src/main.ts'))) as Linter.Config;
  t.match(config.rules, { 'sonde/no-foreign-names': [2] });
});
