import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { shownText } from '../../values/shown-text.js';
import type { RedisConnection } from './redis-connection.js';
import {
  sentinelLastPing,
  sentinelOfMasters,
  sentinelOkSentinels,
  sentinelOkSlaves,
  sentinelQuorum,
} from './redis-metrics.js';
import { RespError, type RespValue } from './resp-reader.js';

/** The most masters that are asked about one by one; each costs three commands. */
const MOST_MASTERS = 64;

/** Asks a sentinel about the masters that it watches. */
export async function reportSentinel(connection: RedisConnection, metrics: MetricSet): Promise<void> {
  const [answer = null] = await connection.ask([['SENTINEL', 'MASTERS']]);
  if (!isList(answer)) return;
  for (const details of answer.slice(0, MOST_MASTERS)) {
    const master = fieldsOf(details);
    const name = master.get('name');
    if (name === undefined || !master.has('ip') || !master.has('port')) continue;
    // Names and addresses are shortened, because several series repeat them.
    const shown = shownText(name);
    const address = shownText(`${master.get('ip')}:${master.get('port')}`);
    const labels = { master_name: shown, master_address: address };
    const number = (field: string): number => parseFloatText(master.get(field) ?? '') ?? 0;
    for (const [field, metric] of sentinelOfMasters) metrics.setWith(metric, labels, number(field));
    metrics.setWith(sentinelLastPing, labels, number('last-ok-ping-reply') / 1000);
    const [quorum = null, sentinels = null, slaves = null] = await connection.ask([
      ['SENTINEL', 'CKQUORUM', name],
      ['SENTINEL', 'SENTINELS', name],
      ['SENTINEL', 'SLAVES', name],
    ]);
    const said = quorum instanceof RespError ? quorum.text : quorum;
    const message = typeof said === 'string' ? shownText(said) : '';
    metrics.setWith(sentinelQuorum, { master_name: shown, message }, quorum instanceof RespError ? 0 : 1);
    // The sentinel that answers counts as well.
    metrics.setWith(sentinelOkSentinels, labels, 1 + countUp(sentinels));
    metrics.setWith(sentinelOkSlaves, labels, countUp(slaves));
  }
}

/** How many of the peers are up: neither this sentinel nor the quorum holds them to be down. */
function countUp(answer: RespValue): number {
  if (!isList(answer)) return 0;
  return answer.filter((peer) => {
    const flags = fieldsOf(peer).get('flags');
    return flags !== undefined && !flags.includes('o_down') && !flags.includes('s_down');
  }).length;
}

/** Reads a list of names and values. */
function fieldsOf(value: RespValue): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (!isList(value)) return fields;
  for (let at = 0; at + 1 < value.length; at += 2) {
    const [name, text] = [value[at], value[at + 1]];
    if (typeof name === 'string' && typeof text === 'string') fields.set(name, text);
  }
  return fields;
}

function isList(value: RespValue): value is readonly RespValue[] {
  return Array.isArray(value);
}
