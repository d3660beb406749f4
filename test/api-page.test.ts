import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { apiPage } from './helpers/documents/api-page.js';
import { REPOSITORY } from './helpers/peer.js';

const PAGE = join(REPOSITORY, 'docs/api.md');

t.test('docs/api.md shows what the service answers', async (t) => {
  const text = readFileSync(PAGE, 'utf8');
  const made = await apiPage(t, text);
  // `npm run generate` has it written.
  if (process.env['SONDE_GENERATE'] === '1') writeFileSync(PAGE, made);
  t.equal(made, text);
  t.equal([...made.matchAll(/^\$ curl /gm)].length, 4);
});
