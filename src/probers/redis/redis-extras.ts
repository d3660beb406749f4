import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import type { RedisCommand } from './redis-connection.js';
import * as m from './redis-metrics.js';
import type { RespValue } from './resp-reader.js';

const SETTINGS = ['databases', 'client-output-buffer-limit', ...m.configGauges.keys()] as const;
/**
 * Asks for settings, each by its name: `CONFIG GET *` would bring the passwords of the server along. Without the right
 * to ask, or with CONFIG renamed, their metrics are missing.
 */
export function configCommands(name: string | undefined): readonly RedisCommand[] {
  return name === undefined ? [] : SETTINGS.map((setting) => [name, 'GET', setting]);
}

/** The commands that are sent besides INFO. */
export const EXTRA_COMMANDS: readonly RedisCommand[] = [
  ['LATENCY', 'LATEST'],
  ['LATENCY', 'HISTOGRAM'],
  ['SLOWLOG', 'LEN'],
  ['SLOWLOG', 'GET', '1'],
];

/** The end of the databases that are shown as empty: those with higher numbers are only shown if they have keys. */
const MOST_DATABASES = 1024;
/** The number of databases that a server has by default. */
const DEFAULT_DATABASES = 16;
/** Classes of clients, or events of latency, that are shown at most. */
const MOST_OF_A_KIND = 64;

/** Sets the settings; returns how many databases there are. */
export function reportConfig(answers: readonly RespValue[], metrics: MetricSet): number {
  let databases = DEFAULT_DATABASES;
  for (const answer of answers) {
    const [key, text] = Array.isArray(answer) ? (answer as readonly RespValue[]) : [];
    if (typeof key !== 'string' || typeof text !== 'string') continue;
    const metric = m.configGauges.get(key);
    const number = parseFloatText(text);
    if (metric !== undefined && number !== undefined) metrics.set(metric, number);
    if (key === 'databases' && number !== undefined && number > 0) databases = number;
    if (key === 'client-output-buffer-limit') reportOutputLimits(text, metrics);
  }
  return databases;
}

/** `normal 0 0 0 slave 268435456 67108864 60 …`: class, hard limit, soft limit, seconds. */
function reportOutputLimits(text: string, metrics: MetricSet): void {
  const words = text.split(' ', 4 * MOST_OF_A_KIND);
  for (let at = 0; at + 3 < words.length; at += 4) {
    const [name = '', ...limits] = words.slice(at, at + 4);
    const [hard, soft, seconds] = limits.map(parseFloatText);
    if (hard !== undefined) metrics.setWith(m.outputLimit, { class: name, limit: 'hard' }, hard);
    if (soft !== undefined) metrics.setWith(m.outputLimit, { class: name, limit: 'soft' }, soft);
    if (seconds !== undefined) metrics.setWith(m.outputLimitSeconds, { class: name, limit: 'soft' }, seconds);
  }
}

/** Shows the databases without keys as empty, because INFO only names those with keys. */
export function reportEmptyDatabases(count: number, known: ReadonlySet<string>, metrics: MetricSet): void {
  for (let index = 0; index < Math.min(count, MOST_DATABASES); index++) {
    const db = `db${index}`;
    if (known.has(db)) continue;
    metrics.setWith(m.dbKeys, { db }, 0);
    metrics.setWith(m.dbKeysExpiring, { db }, 0);
  }
}

/** LATENCY LATEST: a list of event, time of the last spike, its length in ms, the longest ever. */
export function reportSpikes(answer: RespValue, metrics: MetricSet): void {
  if (!Array.isArray(answer)) return;
  for (const spike of (answer as readonly RespValue[]).slice(0, MOST_OF_A_KIND)) {
    const [name, last, milliseconds] = Array.isArray(spike) ? (spike as readonly RespValue[]) : [];
    if (typeof name !== 'string' || typeof last !== 'number' || typeof milliseconds !== 'number') continue;
    metrics.setWith(m.spikeLast, { event_name: name }, last);
    metrics.setWith(m.spikeDuration, { event_name: name }, milliseconds / 1000);
  }
}

/** SLOWLOG LEN, and SLOWLOG GET 1: a list of id, time, microseconds and more. Both are zero for an empty log. */
export function reportSlowlog(length: RespValue, latest: RespValue, metrics: MetricSet): void {
  if (typeof length === 'number') metrics.set(m.slowlogLength, length);
  if (!Array.isArray(latest)) return;
  const [entry] = latest as readonly RespValue[];
  const [id, , microseconds] = Array.isArray(entry) ? (entry as readonly RespValue[]) : [];
  metrics.set(m.slowlogLastId, typeof id === 'number' ? id : 0);
  metrics.set(m.lastSlow, typeof microseconds === 'number' ? microseconds / 1e6 : 0);
}

const systemMemory = gauge('redis_total_system_memory_bytes', 'total_system_memory_bytes metric');

/** The memory of the host, where INFO has it. */
export function reportSystem(bytes: number | undefined, metrics: MetricSet): void {
  if (bytes !== undefined) metrics.set(systemMemory, bytes);
}
