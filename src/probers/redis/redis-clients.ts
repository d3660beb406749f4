import { gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { loopTurns } from '../../values/loop-turns.js';
import { shownText } from '../../values/shown-text.js';

/** Clients that are shown at most. */
const MOST_CLIENTS = 1000;
/** Fields of a client that are read: more than any server has. */
const MOST_FIELDS = 64;

const LABELS = ['id', 'name'] as const;
const metricOf = (name: string): MetricDefinition<'id' | 'name'> =>
  gauge(`redis_connected_client_${name}`, `connected_client_${name} metric`, LABELS);

// Names, types and texts are those of redis_exporter 1.86.
const TIMES = [
  ['age', metricOf('created_at_timestamp')],
  ['idle', metricOf('idle_since_timestamp')],
] as const;
const NUMBERS = [
  ['sub', metricOf('channel_subscriptions_count')],
  ['psub', metricOf('pattern_matching_subscriptions_count')],
  ['ssub', metricOf('shard_channel_subscriptions_count')],
  ['watch', metricOf('shard_channel_watched_keys')],
  ['qbuf', metricOf('query_buffer_length_bytes')],
  ['qbuf-free', metricOf('query_buffer_free_space_bytes')],
  ['obl', metricOf('output_buffer_length_bytes')],
  ['oll', metricOf('output_list_length')],
  ['omem', metricOf('output_buffer_memory_usage_bytes')],
  ['tot-mem', metricOf('total_memory_consumed_bytes')],
] as const;

/** Definitions of what stands in the labels of one metric, by their names: servers differ in two of them. */
const infos = new Map<string, MetricDefinition>();

function infoWith(names: readonly string[]): MetricDefinition {
  const key = names.join(' ');
  const known = infos.get(key) ?? gauge('redis_connected_client_info', 'connected_client_info metric', names);
  infos.set(key, known);
  return known;
}

/** How clients are shown. */
export interface ClientReport {
  readonly metrics: MetricSet;
  readonly nowSeconds: number;
  /** Whether their ports are shown. */
  readonly withPort: boolean;
}

/** Sets the metrics of CLIENT LIST, a line a client: `id=3 addr=127.0.0.1:52555 name= age=855 flags=N db=0 …`. */
export async function reportClients(text: string, report: ClientReport): Promise<void> {
  let turns = 0;
  for (const line of text.split('\n', MOST_CLIENTS)) {
    if (loopTurns.isOver()) await loopTurns.next(turns++);
    reportClient(new Map(line.trim().split(' ', MOST_FIELDS).map(pairOf)), report);
  }
}

/** A value may have `=` in it. */
function pairOf(part: string): readonly [string, string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
}

function reportClient(fields: ReadonlyMap<string, string>, { metrics, nowSeconds, withPort }: ClientReport): void {
  const text = (field: string): string => shownText(fields.get(field) ?? '');
  const [id, address] = [text('id'), text('addr')];
  const colon = address.lastIndexOf(':');
  if (id === '' || colon < 0) return;
  const base = { id, name: text('name') };
  const [host, port] = [address.slice(0, colon), address.slice(colon + 1)];
  const [user, resp] = [text('user'), text('resp')];
  const labels = {
    ...base,
    ...{ flags: text('flags'), db: text('db'), host },
    ...(withPort && { port }),
    ...(user !== '' && { user }),
    ...(resp !== '' && { resp }),
  };
  metrics.setWith(infoWith(Object.keys(labels)), labels, 1);
  for (const [field, metric] of TIMES) {
    const seconds = parseFloatText(fields.get(field) ?? '');
    if (seconds !== undefined) metrics.setWith(metric, base, Math.floor(nowSeconds) - seconds);
  }
  for (const [field, metric] of NUMBERS) {
    const number = parseFloatText(fields.get(field) ?? '');
    if (number !== undefined) metrics.setWith(metric, base, number);
  }
}
