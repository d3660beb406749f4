import { gauge } from '../../metrics/metric-definition.js';
import type { ProbeContext } from '../../probe/prober.js';
import { inSlices } from '../../values/in-slices.js';
import { sortedInSteps } from '../../values/lists/sorted-in-steps.js';
import { loopTurns } from '../../values/loop-turns.js';
import { shownText } from '../../values/shown-text.js';
import type { RedisConnection } from './redis-connection.js';
import { selects } from './redis-keys.js';
import type { LuaRunner } from './redis-lua.js';
import { RespError, type RespValue } from './resp-reader.js';

// Names, types and texts are those of redis_exporter 1.86.
const OF_GROUP = ['db', 'key_group'] as const;
const groupCount = gauge('redis_key_group_count', 'Count of keys in key group', OF_GROUP);
const groupMemory = gauge('redis_key_group_memory_usage_bytes', 'Total memory usage of key group in bytes', OF_GROUP);
const groupsDistinct = gauge('redis_number_of_distinct_key_groups', 'Number of distinct key groups', ['db']);
const lastDuration = gauge(
  'redis_last_key_groups_scrape_duration_milliseconds',
  'Duration of the last key group metrics scrape in milliseconds',
);

/** Keys that one run of the script goes through, at most: its answer has to stay within RESP_LIMITS. */
const MOST_KEYS_A_RUN = 2000;
/** The bytes of a group's name that are looked at; groups that differ later are one. */
const LONGEST_NAME_BYTES = 400;
/** Groups of a database that are told apart, and those of all databases that are shown. */
const MOST_HELD = 10_000;
const MOST_SHOWN = 10_000;
/** The end of the databases that are shown without groups, as for those without keys. */
const MOST_DATABASES = 1024;
/** The group of keys that match no pattern, and the one of groups that are not shown. */
const UNCLASSIFIED = 'unclassified';
const OVERFLOW = 'overflow';

/**
 * Goes through some of the keys: cursor, count, longest name, then the patterns. Returns the next cursor, then name,
 * number of keys and bytes of each group in turn. It only reads.
 */
const LUA = `
local page = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
local keys, bytes = {}, {}
for _, key in ipairs(page[2]) do
  local name = '${UNCLASSIFIED}'
  for at = 4, #ARGV do
    local found = {string.find(key, ARGV[at])}
    if found[1] then
      name = string.sub(table.concat(found, '', 3), 1, tonumber(ARGV[3]))
      break
    end
  end
  keys[name] = (keys[name] or 0) + 1
  bytes[name] = (bytes[name] or 0) + (redis.call('MEMORY', 'USAGE', key) or 0)
end
local answer = {page[1]}
for name, count in pairs(keys) do
  answer[#answer + 1] = name
  answer[#answer + 1] = count
  answer[#answer + 1] = bytes[name]
end
return answer`;

/** How keys are put into groups. */
export interface KeyGroupOptions {
  /** Patterns of Lua; the first that matches a key counts. */
  readonly patterns: readonly string[];
  /** How many groups of a database are shown. */
  readonly most: number;
  /** How many keys are gone through at once. */
  readonly batchSize: number;
}

/** The databases of a server. */
export interface Databases {
  /** How many there are. */
  readonly count: number;
  /** The names of those that have keys, such as `db0`. */
  readonly withKeys: ReadonlySet<string>;
}

/** What key groups are asked with. */
export interface KeyGroupAsking extends Pick<ProbeContext, 'metrics' | 'log' | 'clock'> {
  readonly connection: RedisConnection;
  readonly lua: LuaRunner;
}

interface Group {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}

/** Groups the keys of all databases. Rejects with a ProbeFailure; an error of the server costs its database. */
export async function reportKeyGroups(
  options: KeyGroupOptions,
  { count, withKeys }: Databases,
  asking: KeyGroupAsking,
): Promise<void> {
  const { connection, metrics, log, clock } = asking;
  const began = clock.monotonicSeconds();
  for (let db = 0; db < Math.min(count, MOST_DATABASES); db++) {
    if (!withKeys.has(`db${db}`)) metrics.setWith(groupsDistinct, { db: `db${db}` }, 0);
  }
  let left = MOST_SHOWN;
  const numbers = [...withKeys].map((name) => Number(name.slice('db'.length))).sort((a, b) => a - b);
  for (const db of numbers) {
    if (!(await selects(connection, db))) continue;
    const groups = await groupsOf(options, asking.lua);
    if (groups instanceof RespError) {
      log.warn('The keys cannot be grouped', { db: `db${db}`, err: groups.text });
      continue;
    }
    left -= await report(`db${db}`, groups, { metrics, lua: asking.lua, most: Math.min(options.most, left) });
  }
  metrics.set(lastDuration, Math.floor((clock.monotonicSeconds() - began) * 1000));
}

/** Goes through the keys of the database that is selected. */
async function groupsOf(
  { patterns, batchSize }: KeyGroupOptions,
  lua: LuaRunner,
): Promise<ReadonlyMap<string, Group> | RespError> {
  const groups = new Map<string, Group>();
  const more = [`${Math.min(batchSize, MOST_KEYS_A_RUN)}`, `${LONGEST_NAME_BYTES}`, ...patterns];
  let cursor = '0';
  do {
    if (loopTurns.isOver()) await lua.turn();
    const answer = await lua.run(LUA, [cursor, ...more], { readOnly: false });
    if (answer instanceof RespError) return answer;
    const list = Array.isArray(answer) ? (answer as readonly RespValue[]) : [];
    const [next] = list;
    if (typeof next !== 'string') return new RespError('an answer without a cursor');
    for (let at = 1; at + 2 < list.length; at += 3) addTo(groups, list.slice(at, at + 3));
    cursor = next;
  } while (cursor !== '0');
  return groups;
}

/** The script shortens names, but the server need not have run it. */
function addTo(groups: Map<string, Group>, [said, count, bytes]: readonly RespValue[]): void {
  if (typeof said !== 'string' || typeof count !== 'number' || typeof bytes !== 'number') return;
  const name = shownText(said);
  const held = groups.has(name) || groups.size < MOST_HELD ? name : OVERFLOW;
  const known = groups.get(held);
  groups.set(held, { name: held, count: (known?.count ?? 0) + count, bytes: (known?.bytes ?? 0) + bytes });
}

/** Sets the metrics of the groups with the most memory, and of the others as one. Returns how many are shown. */
async function report(
  db: string,
  groups: ReadonlyMap<string, Group>,
  { metrics, lua, most }: Pick<KeyGroupAsking, 'metrics' | 'lua'> & { readonly most: number },
): Promise<number> {
  const sorted = await inSlices(sortedInSteps([...groups.values()], byMemory));
  const show = ({ name, count, bytes }: Group): void => {
    metrics.addWith(groupCount, { db, key_group: name }, count);
    metrics.addWith(groupMemory, { db, key_group: name }, bytes);
  };
  for (const group of sorted.slice(0, most)) {
    if (loopTurns.isOver()) await lua.turn();
    show(group);
  }
  if (sorted.length > most) {
    const others = { name: OVERFLOW, count: 0, bytes: 0 };
    for (const { count, bytes } of sorted.slice(most)) {
      others.count += count;
      others.bytes += bytes;
    }
    show(others);
  }
  metrics.setWith(groupsDistinct, { db }, groups.size);
  return Math.min(sorted.length, most);
}

/** The most memory first; then as redis_exporter sorts. */
function byMemory(a: Group, b: Group): number {
  return b.bytes - a.bytes || a.count - b.count || (a.name < b.name ? -1 : 1);
}
