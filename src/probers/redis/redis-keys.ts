import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { loopTurns } from '../../values/loop-turns.js';
import { LONGEST_SHOWN, shownText } from '../../values/shown-text.js';
import type { RedisCommand, RedisConnection } from './redis-connection.js';
import { isGlob, type KeyName, type KeyOptions } from './redis-key-options.js';
import { RespError, type RespValue } from './resp-reader.js';

// Names, types and texts are those of redis_exporter 1.86.
const LABELS = ['db', 'key'] as const;
const keySize = gauge('redis_key_size', 'The length or size of "key"', LABELS);
const keyMemory = gauge('redis_key_memory_usage_bytes', 'The memory usage of "key" in bytes', LABELS);
const keyValue = gauge('redis_key_value', 'The value of "key"', LABELS);
const keyText = gauge('redis_key_value_as_string', 'The value of "key" as a string', [...LABELS, 'val']);
const keysCount = gauge('redis_keys_count', 'Count of keys', LABELS);

/** Keys that are looked at, and streams, of one kind each; what is beyond is left out. */
export const MOST_KEYS = 1000;
/**
 * The longest name of a key, or of a group of a stream, in characters. Longer ones are passed over: less than that is
 * shown of a name, and each is held, and goes out again in every command about it.
 */
export const LONGEST_NAME = 2 * LONGEST_SHOWN;
/** Keys whose commands go out at once. */
const KEYS_AT_ONCE = 100;
/** Values that are longer, in bytes, are not asked for: no more would be shown. */
const LONGEST_VALUE = LONGEST_SHOWN;

/**
 * Stands in names that are not UTF-8. Such a key is passed over, as in redis_exporter: it cannot be asked for by what
 * was read of its name, and what is read could be the name of another.
 */
const REPLACED = '\ufffd';

/** The command that says how large a value of each type is, beside strings. */
const SIZE_OF_TYPE: ReadonlyMap<string, string> = new Map([
  ['list', 'LLEN'],
  ['set', 'SCARD'],
  ['zset', 'ZCARD'],
  ['hash', 'HLEN'],
  ['stream', 'XLEN'],
]);

/** The connection that asks about keys, and the receiver of the answers. */
export interface KeyAsking {
  readonly connection: RedisConnection;
  readonly metrics: MetricSet;
  readonly batchSize: number;
}

/** Asks for sizes and values of keys, and counts keys. Rejects with a ProbeFailure. */
export async function reportKeys(options: KeyOptions, asking: KeyAsking): Promise<void> {
  const keys = [...options.singleKeys, ...(await matchingKeys(options.keys, asking))];
  for (const [db, names] of byDatabase(keys)) {
    if (!(await selects(asking.connection, db))) continue;
    for (let at = 0; at < names.length; at += KEYS_AT_ONCE) {
      await reportSome(db, names.slice(at, at + KEYS_AT_ONCE), { ...asking, withValues: options.withValues });
    }
  }
  for (const { db, key } of options.counted) {
    if (!(await selects(asking.connection, db))) continue;
    let count = 0;
    const isCounted = await scan(key, asking, (found) => {
      count += found.length;
      return true;
    });
    if (isCounted) asking.metrics.setWith(keysCount, { db: `db${db}`, key }, count);
  }
}

/** The keys that match, and those without a pattern as they are; MOST_KEYS at most. */
export async function matchingKeys(patterns: readonly KeyName[], asking: KeyAsking): Promise<readonly KeyName[]> {
  const keys: KeyName[] = patterns.filter(({ key }) => !isGlob(key));
  for (const { db, key } of patterns.filter(({ key: pattern }) => isGlob(pattern))) {
    if (keys.length >= MOST_KEYS || !(await selects(asking.connection, db))) continue;
    await scan(key, asking, (found) => {
      const named = found.filter((name) => name.length <= LONGEST_NAME && !name.includes(REPLACED));
      keys.push(...named.slice(0, MOST_KEYS - keys.length).map((name) => ({ db, key: name })));
      return keys.length < MOST_KEYS;
    });
  }
  return keys;
}

/** Names by database, each once. */
export function byDatabase(keys: readonly KeyName[]): ReadonlyMap<number, readonly string[]> {
  const names = new Map<number, Set<string>>();
  for (const { db, key } of keys) names.set(db, (names.get(db) ?? new Set()).add(key));
  return new Map([...names].map(([db, some]) => [db, [...some]]));
}

/** Whether the server has the database. */
export async function selects(connection: RedisConnection, db: number): Promise<boolean> {
  const [answer] = await connection.ask([['SELECT', `${db}`]]);
  return answer === 'OK';
}

/** Goes through the keys that match until `take` has enough; false where the server refuses. The deadline ends it. */
async function scan(
  pattern: string,
  { connection, batchSize }: KeyAsking,
  take: (keys: readonly string[]) => boolean,
): Promise<boolean> {
  let cursor = '0';
  do {
    if (loopTurns.isOver()) await connection.turn();
    const [answer = null] = await connection.ask([['SCAN', cursor, 'MATCH', pattern, 'COUNT', `${batchSize}`]]);
    if (!Array.isArray(answer)) return false;
    const [next, found] = answer as readonly RespValue[];
    if (typeof next !== 'string' || !Array.isArray(found)) return false;
    cursor = next;
    if (!take(found.filter((key) => typeof key === 'string'))) return true;
  } while (cursor !== '0');
  return true;
}

async function reportSome(
  db: number,
  keys: readonly string[],
  { connection, metrics, withValues }: KeyAsking & { readonly withValues: boolean },
): Promise<void> {
  const first = await connection.ask(
    keys.flatMap((key): RedisCommand[] => [
      ['TYPE', key],
      ['MEMORY', 'USAGE', key],
    ]),
  );
  const sizes = new Map<string, RedisCommand>();
  const strings: string[] = [];
  keys.forEach((key, at) => {
    const [type, memory] = [first[2 * at], first[2 * at + 1]];
    const labels = labelsOf(db, key);
    if (type === 'none') metrics.setWith(keySize, labels, 0);
    if (type === 'string') strings.push(key);
    const command = typeof type === 'string' ? SIZE_OF_TYPE.get(type) : undefined;
    if (command !== undefined) sizes.set(key, [command, key]);
    if (typeof memory === 'number') metrics.setWith(keyMemory, labels, memory);
  });
  const answers = await connection.ask([...sizes.values()]);
  [...sizes.keys()].forEach((key, at) => {
    const size = answers[at];
    if (typeof size === 'number') metrics.setWith(keySize, labelsOf(db, key), size);
  });
  await reportStrings(db, strings, { connection, metrics, withValues });
}

/** A string may be a HyperLogLog, whose bytes say nothing. */
async function reportStrings(
  db: number,
  keys: readonly string[],
  { connection, metrics, withValues }: Pick<KeyAsking, 'connection' | 'metrics'> & { readonly withValues: boolean },
): Promise<void> {
  const answers = await connection.ask(
    keys.flatMap((key): RedisCommand[] => [
      ['PFCOUNT', key],
      ['STRLEN', key],
    ]),
  );
  const short: string[] = [];
  keys.forEach((key, at) => {
    const [unique, length] = [answers[2 * at], answers[2 * at + 1]];
    const size = typeof unique === 'number' ? unique : length;
    if (typeof size === 'number') metrics.setWith(keySize, labelsOf(db, key), size);
    if (unique instanceof RespError && typeof length === 'number' && length <= LONGEST_VALUE) short.push(key);
  });
  const values = await connection.ask(short.map((key): RedisCommand => ['GET', key]));
  short.forEach((key, at) => {
    const text = values[at];
    const number = typeof text === 'string' ? parseFloatText(text) : undefined;
    if (number !== undefined) metrics.setWith(keyValue, labelsOf(db, key), number);
    else if (typeof text === 'string' && text !== '' && withValues) {
      metrics.setWith(keyText, { ...labelsOf(db, key), val: shownText(text) }, 1);
    }
  });
}

function labelsOf(db: number, key: string): { readonly db: string; readonly key: string } {
  return { db: `db${db}`, key: shownText(key) };
}
