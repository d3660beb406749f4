import t from 'tap';
import type { Table } from '../../../src/probers/postgres/pg-connection.js';
import { AnswerCache } from '../../../src/probers/postgres/queries/answer-cache.js';
import {
  labelOfValue,
  millisecondsOf,
  numberOfValue,
  numbersOf,
} from '../../../src/probers/postgres/queries/query-value.js';
import { PackedRows } from '../../../src/probers/server-client/packed-rows.js';

const BOOL = 16;
const INT4 = 23;
const TEXT = 25;
const DATE = 1082;
const TIMESTAMPTZ = 1184;

t.test('values as numbers and as labels', (t) => {
  const rows = [
    [null, INT4, NaN, ''],
    ['7', INT4, 7, '7'],
    ['t', BOOL, 1, 'true'],
    ['f', BOOL, 0, 'false'],
    ['t', TEXT, undefined, 't'],
    ['1e3', TEXT, 1000, '1e3'],
    ['', TEXT, undefined, ''],
    ['$5.00', 790, undefined, '$5.00'],
    ['1970-01-02', DATE, 86_400, '86400'],
    ['1970-01-01 00:00:01.999+00', TIMESTAMPTZ, 1, '1'],
    ['1970-01-01 05:30:00+05:30', TIMESTAMPTZ, 0, '0'],
    ['1969-12-31 19:00:00-05', TIMESTAMPTZ, 0, '0'],
    ['infinity', TIMESTAMPTZ, Infinity, 'infinity'],
    ['0044-03-15 BC', DATE, undefined, '0044-03-15 BC'],
    ['2026-01-02', TEXT, undefined, '2026-01-02'],
  ] as const;
  for (const [text, type, number, label] of rows) {
    const value = { text, type };
    t.same([numberOfValue(value), labelOfValue(value)], [number, label], `${text ?? 'NULL'} of ${type}`);
  }
  t.end();
});

t.test('durations are milliseconds', (t) => {
  const rows = [
    ['1.5s', 1500],
    ['2ms', 2],
    ['5', 5],
    ['soon', undefined],
  ] as const;
  for (const [text, milliseconds] of rows) t.equal(millisecondsOf({ text, type: TEXT }), milliseconds, text);
  t.end();
});

t.test('arrays of numbers', (t) => {
  const rows = [
    ['{}', []],
    ['{1,2.5,Infinity}', [1, 2.5, Infinity]],
    ['{1,NULL}', undefined],
    ['{{1},{2}}', undefined],
    ['1', undefined],
    [`{${'1,'.repeat(200)}1}`, undefined],
    [null, undefined],
  ] as const;
  for (const [text, numbers] of rows) t.same(numbersOf({ text, type: 1022 }), numbers, (text ?? 'NULL').slice(0, 20));
  t.end();
});

t.test('answers are kept for a while, and not without end', (t) => {
  const table = (...texts: readonly string[]): Table => {
    const rows = new PackedRows((message) => [message.toString(), null]);
    for (const text of texts) rows.add(Buffer.from(text));
    return { columns: [{ name: 'a', type: TEXT }], rows };
  };
  const cache = new AnswerCache(10);
  const given = table('x', '', 'yz');
  cache.keep('one', given, 100);
  const kept = cache.get('one', 109.9);
  t.same(kept?.columns, given.columns);
  t.same([...(kept?.rows ?? [])], [...given.rows], 'the rows, whose bytes are copied');
  t.equal(cache.get('one', 110), undefined, 'it is too old');
  t.equal(cache.get('two', 100), undefined);
  cache.keep('one', table('x'.repeat(300_000)), 101);
  t.equal(cache.get('one', 101), undefined, 'a large answer is not kept, and neither is the one before');
  for (let at = 0; at < 101; at++) cache.keep(`db-${at}`, table('x'), 100);
  t.equal(cache.get('db-0', 100), undefined, 'the first goes');
  t.ok(cache.get('db-1', 100));
  t.end();
});
