import { readDocuments } from './documents.js';

/** Every word in README.md and docs/ that may be a metric. */
const WORDS = new Set(
  readDocuments()
    .filter(({ path }) => path === 'README.md' || path.startsWith('docs/'))
    .flatMap(({ text }) => text.match(/[a-z][a-z0-9]*_\w+/g) ?? []),
);

/** What a histogram or a summary adds to its name. */
const PARTS = /_(?:bucket|count|sum)$/;

/** The names that the documents do not have. */
export function undocumentedMetrics(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => !WORDS.has(name) && !WORDS.has(name.replace(PARTS, '')));
}
