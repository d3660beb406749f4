import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';
import { noForeignNames } from './scripts/lint-foreign-names.mjs';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.tap/', 'src/values/raw-config.ts', 'src/values/raw-web-config.ts'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Style rule 11: a cast carries its reason; these rules flag legitimate narrowings that the compiler already proves.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { regexp, sonde: { rules: { 'no-foreign-names': noForeignNames } } },
    rules: {
      // A name from outside may be `constructor` (test/lint-foreign-names.test.ts).
      'sonde/no-foreign-names': 'error',
      // Every text may come from a stranger: each pattern takes linear time and can match in one way only (test/patterns.test.ts holds those put together at run time).
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
);
