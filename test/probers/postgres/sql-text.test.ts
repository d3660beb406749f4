import t from 'tap';
import { isNoneOf, sqlText } from '../../../src/probers/postgres/collectors/sql-text.js';

t.test('texts become literals that end where they should', (t) => {
  const rows = [
    ['plain', `E'plain'`],
    [`it's`, `E'it''s'`],
    ['a\\', `E'a\\\\'`],
    [`\\'; DROP TABLE x; --`, `E'\\\\''; DROP TABLE x; --'`],
    ['', `E''`],
  ] as const;
  for (const [text, literal] of rows) t.equal(sqlText(text), literal, text);
  t.equal(isNoneOf('name', ['a', `b'`]), `name NOT IN (E'a', E'b''')`);
  t.equal(isNoneOf('name', []), 'true');
  t.end();
});
