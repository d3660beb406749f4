import regexp from 'eslint-plugin-regexp';
import importSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';
import { exportsHaveDocs } from './scripts/lint-docs.mjs';
import { noForeignNames } from './scripts/lint-foreign-names.mjs';

const LONGEST_FUNCTION = { skipBlankLines: true, skipComments: true };

/** What ARCHITECTURE.md says of the size of files and functions. */
const LINES = {
  code: 120,
  ignoreUrls: true,
  ignoreStrings: true,
  ignoreTemplateLiterals: true,
  ignoreRegExpLiterals: true,
  // A number cannot be broken.
  ignorePattern: '0x[0-9a-f]+n,$',
};

const SIZES = {
  'max-lines': ['error', 300],
  'max-lines-per-function': ['error', { ...LONGEST_FUNCTION, max: 30 }],
  'max-params': ['error', 4],
};

/** Longer files and functions, each with its reason. */
const LONGER = [
  // A composition root names all parts of a service in one place.
  {
    files: [
      'src/services/**/*-{service,engine,thread,thread-main,targets}.ts',
      'src/services/listen.ts',
      'src/services/web-access.ts',
    ],
    rules: { 'max-lines-per-function': ['error', { ...LONGEST_FUNCTION, max: 50 }] },
  },
  // A table of flags, and the options that are read from them one by one.
  {
    files: ['src/services/**/*-flags.ts', 'src/cli/*-flags.ts'],
    rules: { 'max-lines-per-function': ['error', { ...LONGEST_FUNCTION, max: 40 }] },
  },
  // A dashboard is a table of its panels.
  {
    files: ['scripts/dashboards/**/*.mjs'],
    rules: { 'max-lines-per-function': ['error', { ...LONGEST_FUNCTION, max: 60 }] },
  },
  // Measurements are one course of action from the start of the programs to the table of results.
  { files: ['bench/**/*.ts'], rules: { 'max-lines-per-function': ['error', { ...LONGEST_FUNCTION, max: 40 }] } },
  // Tests are tables, and one function is the whole of a story.
  { files: ['test/**/*.ts'], rules: { 'max-lines': ['error', 450], 'max-lines-per-function': 'off' } },
  // One suite over one server each: their rows share a set-up that is long itself.
  {
    files: ['test/net/http2/http2-exchange.test.ts', 'test/probers/http-client/http-oauth2.test.ts'],
    rules: { 'max-lines': ['error', 950] },
  },
];

/** What scripts know without an import. */
const NODE_GLOBALS = Object.fromEntries(
  ['Buffer', 'URL', '__dirname', 'console', 'fetch', 'performance', 'process', 'require'].map((name) => [
    name,
    'readonly',
  ]),
);

export default tseslint.config(
  {
    ignores: [
      ...['dist/', 'node_modules/', '.tap/', 'src/values/raw-config.ts', 'src/values/raw-web-config.ts'],
      'src/config/remote-write/raw-remote-write.ts',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Style rule 11: a cast carries its reason; these rules flag legitimate narrowings that the compiler already
      // proves.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // One import a module: `import { a, type B } from './a.js'`.
      'no-duplicate-imports': 'error',
      // A `default` says that the rest is meant; without one, each member of a union has its case.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: ['**/*.{ts,js,mjs}', 'bin/sonde'], rules: SIZES },
  // Prettier breaks lines of code; texts, patterns and addresses stay whole.
  { files: ['**/*.{ts,js,mjs}', 'bin/sonde'], rules: { 'max-len': ['error', LINES] } },
  {
    // Node's modules, packages, other rooms, this room; each by its path, without blank lines. `eslint --fix` sorts.
    files: ['**/*.{ts,mjs}'],
    plugins: { 'import-sort': importSort },
    rules: {
      'import-sort/imports': ['error', { groups: [['^\\u0000', '^node:', '^@?\\w', '^', '^\\.\\.', '^\\.']] }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { regexp, sonde: { rules: { 'no-foreign-names': noForeignNames, 'exports-have-docs': exportsHaveDocs } } },
    rules: {
      // A name from outside may be `constructor` (test/lint-foreign-names.test.ts).
      'sonde/no-foreign-names': 'error',
      'sonde/exports-have-docs': 'error',
      // It loads ICU's data the first time, which holds the event loop (src/http/pages/count-text.ts).
      'no-restricted-properties': ['error', { property: 'toLocaleString', message: 'use countText' }],
      // Every text may come from a stranger: each pattern takes linear time and can match in one way only
      // (test/patterns.test.ts holds those put together at run time).
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
      'regexp/no-dupe-disjunctions': 'error',
      'regexp/no-misleading-capturing-group': 'error',
      'regexp/no-contradiction-with-assertion': 'error',
      'regexp/no-useless-assertions': 'error',
      'regexp/no-empty-alternative': 'error',
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // tap's t.test() returns a promise that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // Scripts run as they stand, without types: what the compiler would say of them is said here.
    files: ['**/*.{js,mjs}', 'bin/sonde'],
    extends: [tseslint.configs.recommended],
    languageOptions: { globals: NODE_GLOBALS },
    rules: {
      eqeqeq: 'error',
      'no-cond-assign': 'error',
      'no-const-assign': 'error',
      'no-dupe-args': 'error',
      'no-dupe-keys': 'error',
      'no-duplicate-imports': 'error',
      'no-fallthrough': 'error',
      'no-self-assign': 'error',
      'no-undef': 'error',
      'no-unreachable': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-escape': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'use-isnan': 'error',
      'valid-typeof': 'error',
    },
  },
  // CommonJS, as bin/package.json says.
  {
    files: ['bin/sonde', 'bin/load.js', 'bin/tune.js'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  ...LONGER,
);
