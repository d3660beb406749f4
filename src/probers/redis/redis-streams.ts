import { gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { loopTurns } from '../../values/loop-turns.js';
import { shownText } from '../../values/shown-text.js';
import type { RedisCommand } from './redis-connection.js';
import type { KeyOptions } from './redis-key-options.js';
import { byDatabase, type KeyAsking, LONGEST_NAME, matchingKeys, selects } from './redis-keys.js';
import type { RespValue } from './resp-reader.js';

// Names, types and texts are those of redis_exporter 1.86.
const STREAM = ['db', 'stream'] as const;
const GROUP = ['db', 'group', 'stream'] as const;
const CONSUMER = ['consumer', 'db', 'group', 'stream'] as const;

type Row<L extends string> = readonly [field: string, metric: MetricDefinition<L>];

const OF_STREAM: readonly Row<'db' | 'stream'>[] = [
  ['length', gauge('redis_stream_length', 'The number of elements of the stream', STREAM)],
  ['radix-tree-keys', gauge('redis_stream_radix_tree_keys', 'Radix tree keys count"', STREAM)],
  ['radix-tree-nodes', gauge('redis_stream_radix_tree_nodes', 'Radix tree nodes count', STREAM)],
  [
    'last-generated-id',
    gauge('redis_stream_last_generated_id', 'The epoch timestamp (ms) of the latest message on the stream', STREAM),
  ],
  ['groups', gauge('redis_stream_groups', 'Groups count of stream', STREAM)],
  [
    'max-deleted-entry-id',
    gauge(
      'redis_stream_max_deleted_entry_id',
      'The epoch timestamp (ms) of last message was deleted from the stream',
      STREAM,
    ),
  ],
  [
    'first-entry',
    gauge('redis_stream_first_entry_id', 'The epoch timestamp (ms) of the first message in the stream', STREAM),
  ],
  [
    'last-entry',
    gauge('redis_stream_last_entry_id', 'The epoch timestamp (ms) of the last message in the stream', STREAM),
  ],
];

const OF_GROUP: readonly Row<'db' | 'group' | 'stream'>[] = [
  ['consumers', gauge('redis_stream_group_consumers', 'Consumers count of stream group', GROUP)],
  ['pending', gauge('redis_stream_group_messages_pending', 'Pending number of messages in that stream group', GROUP)],
  [
    'last-delivered-id',
    gauge('redis_stream_group_last_delivered_id', 'The epoch timestamp (ms) of the last delivered message', GROUP),
  ],
  [
    'entries-read',
    gauge('redis_stream_group_entries_read', 'Total number of entries read from the stream group', GROUP),
  ],
  [
    'lag',
    gauge(
      'redis_stream_group_lag',
      "The number of messages waiting to be delivered to the stream group's consumers",
      GROUP,
    ),
  ],
];

const consumerPending = gauge(
  'redis_stream_group_consumer_messages_pending',
  'Pending number of messages for this specific consumer',
  CONSUMER,
);
const consumerIdle = gauge('redis_stream_group_consumer_idle_seconds', 'Consumer idle time in seconds', CONSUMER);

/** Groups of a stream, and consumers of a group, that are shown at most. */
const MOST_OF_A_KIND = 256;
/** Groups and consumers of all streams. */
const MOST_GROUPS = 2000;
const MOST_CONSUMERS = 5000;
/** Streams, and groups, whose commands go out at once. */
const STREAMS_AT_ONCE = 50;
const GROUPS_AT_ONCE = 50;

/** Asks about streams, their groups and consumers. A key that is no stream has nothing. Rejects with a ProbeFailure. */
export async function reportStreams(options: KeyOptions, asking: KeyAsking): Promise<void> {
  const { connection } = asking;
  const left = { groups: MOST_GROUPS, consumers: options.withConsumers ? MOST_CONSUMERS : 0 };
  const streams = [...options.singleStreams, ...(await matchingKeys(options.streams, asking))];
  for (const [db, names] of byDatabase(streams)) {
    if (!(await selects(connection, db))) continue;
    for (let at = 0; at < names.length; at += STREAMS_AT_ONCE) {
      const some = names.slice(at, at + STREAMS_AT_ONCE);
      await reportSome(some, { ...asking, db: `db${db}`, left });
    }
  }
}

interface StreamAsking extends KeyAsking {
  readonly db: string;
  /** How many may still be shown. */
  readonly left: { groups: number; consumers: number };
}

/** A group, and the stream that it is of. */
interface Group {
  readonly stream: string;
  readonly group: string;
}

async function reportSome(names: readonly string[], asking: StreamAsking): Promise<void> {
  const { connection, metrics, db, left } = asking;
  const answers = await connection.ask(names.map((name): RedisCommand => ['XINFO', 'STREAM', name]));
  const streams = names.flatMap((stream, at) => {
    const fields = fieldsOf(answers[at] ?? null);
    if (fields === undefined) return [];
    const labels = { db, stream: shownText(stream) };
    for (const [field, metric] of OF_STREAM) metrics.setWith(metric, labels, numberIn(fields.get(field)));
    return [stream];
  });
  const groups = await reportGroups(streams, asking);
  for (let at = 0; left.consumers > 0 && at < groups.length; at += GROUPS_AT_ONCE) {
    await reportConsumers(groups.slice(at, at + GROUPS_AT_ONCE), asking);
  }
}

async function reportGroups(
  streams: readonly string[],
  { connection, metrics, db, left }: StreamAsking,
): Promise<readonly Group[]> {
  const answers = await connection.ask(streams.map((stream): RedisCommand => ['XINFO', 'GROUPS', stream]));
  const groups: Group[] = [];
  for (const [at, stream] of streams.entries()) {
    if (loopTurns.isOver()) await connection.turn();
    const most = Math.min(MOST_OF_A_KIND, left.groups);
    for (const { name, fields } of listOf(answers[at]).slice(0, most).flatMap(withName)) {
      left.groups--;
      const labels = { db, stream: shownText(stream), group: shownText(name) };
      for (const [field, metric] of OF_GROUP) metrics.setWith(metric, labels, numberIn(fields.get(field)));
      groups.push({ stream, group: name });
    }
  }
  return groups;
}

async function reportConsumers(
  groups: readonly Group[],
  { connection, metrics, db, left }: StreamAsking,
): Promise<void> {
  const answers = await connection.ask(
    groups.map(({ stream, group }): RedisCommand => ['XINFO', 'CONSUMERS', stream, group]),
  );
  for (const [at, { stream, group }] of groups.entries()) {
    if (loopTurns.isOver()) await connection.turn();
    const most = Math.min(MOST_OF_A_KIND, left.consumers);
    for (const { name, fields } of listOf(answers[at]).slice(0, most).flatMap(withName)) {
      left.consumers--;
      const labels = { db, stream: shownText(stream), group: shownText(group), consumer: shownText(name) };
      metrics.setWith(consumerPending, labels, numberIn(fields.get('pending')));
      metrics.setWith(consumerIdle, labels, numberIn(fields.get('idle')) / 1000);
    }
  }
}

type Fields = ReadonlyMap<string, RespValue>;

/** A list of names and values; undefined if it is none, such as an error. */
function fieldsOf(value: RespValue): Fields | undefined {
  if (!Array.isArray(value)) return undefined;
  const fields = new Map<string, RespValue>();
  for (let at = 0; at + 1 < value.length; at += 2) {
    const [name, each] = [value[at] as RespValue, value[at + 1] as RespValue];
    if (typeof name === 'string') fields.set(name, each);
  }
  return fields;
}

function withName(value: RespValue): readonly { readonly name: string; readonly fields: Fields }[] {
  const fields = fieldsOf(value);
  const name = fields?.get('name');
  return fields !== undefined && typeof name === 'string' && name.length <= LONGEST_NAME ? [{ name, fields }] : [];
}

function listOf(value: RespValue | undefined): readonly RespValue[] {
  return Array.isArray(value) ? (value as readonly RespValue[]) : [];
}

/** A number; of an id `1742836359057-0`, or an entry that begins with one, its milliseconds; else zero. */
function numberIn(value: RespValue | undefined): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return parseFloatText(value.split('-', 1)[0] ?? '') ?? 0;
  const [id] = listOf(value);
  return typeof id === 'string' ? numberIn(id) : 0;
}
