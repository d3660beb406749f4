import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkCommand } from '../src/cli/check.js';
import { probeCommand } from '../src/cli/probe/probe-command.js';
import { exporterCommands, nodeCommand, pushgatewayCommand, serveCommand } from '../src/cli/service-commands.js';
import { readConfig } from '../src/config/read-config.js';
import { FAILURE_REASONS } from '../src/probe/failure.js';
import { brokenLinks, fencedBlocks, readDocuments } from './helpers/documents/documents.js';
import { REPOSITORY } from './helpers/peer.js';
import { EXPECTED_DIFFERENCES } from './interop/expected-differences.js';

const DOCUMENTS = readDocuments();
/** Hidden ones are understood, not offered. */
const COMMANDS = [serveCommand, pushgatewayCommand, nodeCommand, ...exporterCommands, checkCommand, probeCommand];
const FLAGS = COMMANDS.flatMap(({ flags }) =>
  flags.filter(({ isHidden }) => isHidden !== true).map(({ name }) => name),
);

/** What users read about the service itself. */
const REFERENCE = DOCUMENTS.filter(({ path }) => path === 'README.md' || path.startsWith('docs/'))
  .map(({ text }) => text)
  .join('\n');

function readFiles(folder: string, ending: string): readonly string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(REPOSITORY, folder, name), 'utf8'));
}

/** Every key below `properties`, wherever in a schema. */
function schemaKeys(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => [
    ...(key === 'properties' && typeof value === 'object' && value !== null ? Object.keys(value) : []),
    ...schemaKeys(value),
  ]);
}

/** The words that the reference does not have; a word is not part of a longer one. */
function undocumented(words: readonly string[]): readonly string[] {
  return [...new Set(words)].filter(
    (word) => !new RegExp(`(?<![\\w-])${word.replaceAll('.', '\\.')}(?![\\w-])`).test(REFERENCE),
  );
}

t.test('the reference has every word that a user can meet', async (t) => {
  const metrics = readFiles('src', '.ts').flatMap((source) =>
    [...source.matchAll(/\b(?:gauge|counter|histogram|summary)\(\s*'([a-z_:]+)'/g)].map(([, name = '']) => name),
  );
  const keys = readFiles('schemas', '.schema.json').flatMap((text) => schemaKeys(JSON.parse(text)));
  const rows = [
    { name: 'flags', words: FLAGS.map((flag) => `--${flag}`), atLeast: 15 },
    { name: 'metrics', words: metrics, atLeast: 30 },
    { name: 'keys of blackbox.yml', words: keys, atLeast: 80 },
    { name: 'failure reasons', words: Object.keys(FAILURE_REASONS), atLeast: 40 },
  ];
  for (const { name, words, atLeast } of rows) {
    t.ok(words.length >= atLeast, `${name}: ${words.length} were found`);
    t.same(undocumented(words), [], `${name}: all are documented`);
  }
});

t.test('the README has a row for every difference from upstream', async (t) => {
  const readme = DOCUMENTS.find(({ path }) => path === 'README.md')?.text ?? '';
  const [, chapter = ''] = /^#+ Differences from upstream$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readme) ?? [];
  for (const { title } of Object.values(EXPECTED_DIFFERENCES)) t.ok(chapter.includes(title), title);
});

t.test('relative links lead somewhere', async (t) => {
  for (const document of DOCUMENTS) t.same(brokenLinks(document), [], document.path);
});

t.test('files that CONTRIBUTING.md walks through exist', async (t) => {
  const text = DOCUMENTS.find(({ path }) => path === 'CONTRIBUTING.md')?.text ?? '';
  const paths = [...text.matchAll(/`((?:src|test|schemas|docs|scripts)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  t.ok(paths.length > 20, `${paths.length} were found`);
  t.same(
    paths.filter((path) => !existsSync(join(REPOSITORY, path))),
    [],
  );
});

t.test('configurations in the documents load', async (t) => {
  const blocks = DOCUMENTS.flatMap(fencedBlocks).filter(
    ({ language, text }) => /^ya?ml$/.test(language) && /^modules:/m.test(text),
  );
  t.ok(blocks.length > 0, 'there are some');
  for (const { text, place } of blocks) {
    const result = await readConfig(text);
    t.same('problems' in result ? result.problems : [], [], place);
  }
});

t.test('flags in the documents exist', async (t) => {
  const known = new Set(FLAGS.flatMap((flag) => [flag, `no-${flag}`]));
  for (const document of DOCUMENTS) {
    // What stands before the name, or behind the command, is of another program: `systemctl enable --now sonde`.
    const commands = fencedBlocks(document)
      .flatMap(({ text }) => text.split('\n'))
      .map((line) => /(?:^|[\s/])sonde(\s[^&|;]*)/.exec(line)?.[1] ?? '');
    const dotted = [...document.text.matchAll(/`--(?:no-)?((?:config|log|web|history|timeout)[.-][\w.-]+)/g)].map(
      ([, flag = '']) => flag,
    );
    const used = commands.flatMap((line) => [...line.matchAll(/\s--([\w.-]+)/g)].map(([, flag = '']) => flag));
    t.same(
      [...used, ...dotted].filter((flag) => !known.has(flag)),
      [],
      document.path,
    );
  }
});
