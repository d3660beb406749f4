import { createHash } from 'node:crypto';

/** A script that Redis runs as one step, and the name under which it remembers it. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
  /** Where its answer has the server's time. */
  readonly timeAt: number;
}

/**
 * The keys of a store, in the order in which the scripts get them. All have one hash tag, so that a cluster has them on
 * one node.
 */
export function storeKeys(prefix: string): readonly string[] {
  return ['head', 'records', 'changed', 'gone', 'commits'].map((name) => `{${prefix}}:${name}`);
}

/** The form of what is stored. Another number is another program's. */
export const STORE_FORMAT = '1';

/** The number of commits that are remembered. An instance that knows none of them reads everything again. */
const COMMITS_KEPT = 4096;
const TRIMMED_AT_ONCE = 512;
const FORGOTTEN_AT_ONCE = 1024;

/**
 * The beginning of both scripts. The last change of all has the version of the store: where it has not, a key was lost
 * as a whole, by a deletion, a time to live or an eviction. A key of another type is an error before anything is
 * written: Redis does not take back what a script has done. `#!lua` needs Redis 7 or Valkey. A script without
 * `no-writes` is refused by a replica and, with `min-replicas-to-write`, where too few replicas follow.
 */
const HEAD = `
local function number(n) return string.format('%.0f', n) end
local head = redis.call('HMGET', KEYS[1], 'format', 'version', 'commit', 'epoch')
if head[1] and head[1] ~= '${STORE_FORMAT}' then return {'format', head[1]} end
local version = tonumber(head[2] or '0')
local commit = head[3] or ''
local epoch = head[4] or ''
local time = redis.call('TIME')
local newest = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2]
if version > 0 and tonumber(newest or '0') < version then return {'lost', KEYS[3]} end
redis.call('ZCARD', KEYS[4])
`;

/**
 * Gives the records that changed behind a version, in the order of their changes, as many as the limits allow.
 * ARGV: version, epoch, commit, most bytes, most records, and ids of commits that are asked for.
 */
export const CHANGES_SCRIPT = script(
  5,
  `#!lua flags=allow-oom
${HEAD}
local cursor = tonumber(ARGV[1])
local known = {}
for i = 6, #ARGV do known[#known + 1] = redis.call('ZSCORE', KEYS[5], ARGV[i]) and 1 or 0 end
if (ARGV[2] ~= '' and ARGV[2] ~= epoch) or cursor > version or
  (ARGV[3] ~= '' and not redis.call('ZSCORE', KEYS[5], ARGV[3])) then return {'reload', known} end
local most = tonumber(ARGV[5])
local members = redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. number(cursor), '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local found, bytes = {}, 0
local more = #members == 2 * most and 1 or 0
for i = 1, #members, 2 do
  local size = redis.call('HSTRLEN', KEYS[2], members[i])
  if size == 0 and not redis.call('ZSCORE', KEYS[4], members[i]) then return {'damaged', members[i]} end
  if #found > 0 and bytes + size > tonumber(ARGV[4]) then more = 1 break end
  bytes = bytes + size
  found[#found + 1] = members[i]
  found[#found + 1] = size > 0 and redis.call('HGET', KEYS[2], members[i]) or ''
  cursor = members[i + 1]
end
local last = more == 1 and cursor or number(version)
return {'ok', known, number(version), commit, epoch, time[1], time[2], last, more, found}
`,
);

/**
 * Changes records if nothing was changed since. ARGV: version, commit and epoch that the change was judged at; the id
 * of this commit; how many other ids, and those: if one of them was done, this is not; how many records to set, with
 * their values; then those to delete.
 */
export const COMMIT_SCRIPT = script(
  4,
  `#!lua
${HEAD}
local id, at = ARGV[4], 6 + tonumber(ARGV[5])
for i = 6, at - 1 do if redis.call('ZSCORE', KEYS[5], ARGV[i]) then return {'already', ARGV[i]} end end
if redis.call('ZSCORE', KEYS[5], id) then return {'already', id} end
if ARGV[1] ~= number(version) or ARGV[2] ~= commit or ARGV[3] ~= epoch then return {'behind'} end
local sets = tonumber(ARGV[at])
local deletes = at + 1 + 2 * sets
if sets == 0 and #ARGV < deletes then return {'ok', number(version), commit, epoch, time[1], time[2]} end
if epoch == '' then epoch = id end
for i = at + 1, deletes - 1, 2 do
  version = version + 1
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('ZADD', KEYS[3], number(version), ARGV[i])
  redis.call('ZREM', KEYS[4], ARGV[i])
end
for i = deletes, #ARGV do
  version = version + 1
  redis.call('HDEL', KEYS[2], ARGV[i])
  redis.call('ZADD', KEYS[3], number(version), ARGV[i])
  redis.call('ZADD', KEYS[4], number(version), ARGV[i])
end
redis.call('HSET', KEYS[1], 'format', '${STORE_FORMAT}', 'version', number(version), 'commit', id, 'epoch', epoch)
redis.call('ZADD', KEYS[5], number(version), id)
if redis.call('ZCARD', KEYS[5]) > ${COMMITS_KEPT + TRIMMED_AT_ONCE} then
  redis.call('ZREMRANGEBYRANK', KEYS[5], 0, ${TRIMMED_AT_ONCE - 1})
end
local oldest = redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')[2]
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', '(' .. oldest, 'LIMIT', 0, ${FORGOTTEN_AT_ONCE})) do
  redis.call('ZREM', KEYS[3], member)
  redis.call('ZREM', KEYS[4], member)
end
return {'ok', number(version), id, epoch, time[1], time[2]}
`,
);

function script(timeAt: number, text: string): RedisScript {
  return { text, timeAt, sha1: createHash('sha1').update(text).digest('hex') };
}
