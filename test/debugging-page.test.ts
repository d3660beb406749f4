import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { debuggingPage, withoutFigures } from './helpers/documents/debugging-page.js';
import { REPOSITORY } from './helpers/peer.js';

const PAGE = join(REPOSITORY, 'docs/debugging.md');

t.test('docs/debugging.md shows what terminal and page show', async (t) => {
  const made = await debuggingPage(t);
  // `npm run generate` has it written.
  if (process.env['SONDE_GENERATE'] === '1') writeFileSync(PAGE, made);
  t.equal(withoutFigures(made), withoutFigures(readFileSync(PAGE, 'utf8')));
  t.equal([...made.matchAll(/^FAILED after/gm)].length, 12);
  t.equal([...made.matchAll(/^Failed after/gm)].length, 12);
});
