import { parseWhole } from '../numbers.js';
import type { TRANSPORT_METRICS } from './mountstats-metrics.js';
import type { NfsTransport } from './nfs-mounts.js';

type Field = keyof typeof TRANSPORT_METRICS;

/** The field of each number in a line; undefined for numbers that become no metric. */
type Layout = readonly (Field | undefined)[];

const QUEUES: Layout = ['sends', 'receives', 'badIds', undefined, 'backlog'];
const SINCE_1_1: Layout = ['slots', 'sending', 'pending'];
const CONNECTED: Layout = [undefined, 'bind', 'connect', undefined, 'idleSeconds', ...QUEUES];

/**
 * The columns of each protocol. Datagrams have no connections, and RDMA other numbers at the end (net/sunrpc in Linux).
 */
const LAYOUTS: ReadonlyMap<string, Layout> = new Map([
  ['tcp', [...CONNECTED, ...SINCE_1_1]],
  ['udp', [undefined, 'bind', ...QUEUES, ...SINCE_1_1]],
  ['rdma', CONNECTED],
]);

/** Fields that the line of a protocol lacks, and that upstream reports as 0. */
const ZEROS: ReadonlyMap<string, readonly Field[]> = new Map([
  ['udp', ['connect', 'idleSeconds']],
  ['rdma', ['slots', 'sending', 'pending']],
]);

/** Yields the numbers of a transport; NaN for a field that is no number, or is missing from the line. */
export function* transportFields({ protocol, numbers }: NfsTransport): Generator<readonly [Field, number]> {
  for (const [index, field] of (LAYOUTS.get(protocol) ?? []).entries()) {
    if (field !== undefined) yield [field, parseWhole(numbers[index] ?? '')];
  }
  for (const field of ZEROS.get(protocol) ?? []) yield [field, 0];
}
