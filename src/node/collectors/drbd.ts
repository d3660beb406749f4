import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseDecimal } from '../numbers.js';

const DEVICE = ['device'] as const;
const NODE = ['device', 'node'] as const;
const KIBIBYTE = 1024;

const connected = gauge('node_drbd_connected', 'Whether DRBD is connected to the peer.', DEVICE);

/** The metrics of numbers by their keys, and by what a number is multiplied. Upstream leaves `nr` as it is. */
const NUMBERS: ReadonlyMap<string, readonly [MetricDefinition<'device'>, number]> = new Map([
  [
    'ns',
    [counter('node_drbd_network_sent_bytes_total', 'Total number of bytes sent via the network.', DEVICE), KIBIBYTE],
  ],
  [
    'nr',
    [counter('node_drbd_network_received_bytes_total', 'Total number of bytes received via the network.', DEVICE), 1],
  ],
  [
    'dw',
    [counter('node_drbd_disk_written_bytes_total', 'Net data written on local hard disk; in bytes.', DEVICE), KIBIBYTE],
  ],
  [
    'dr',
    [counter('node_drbd_disk_read_bytes_total', 'Net data read from local hard disk; in bytes.', DEVICE), KIBIBYTE],
  ],
  [
    'al',
    [
      counter(
        'node_drbd_activitylog_writes_total',
        'Number of updates of the activity log area of the meta data.',
        DEVICE,
      ),
      1,
    ],
  ],
  [
    'bm',
    [counter('node_drbd_bitmap_writes_total', 'Number of updates of the bitmap area of the meta data.', DEVICE), 1],
  ],
  ['lo', [gauge('node_drbd_local_pending', 'Number of open requests to the local I/O sub-system.', DEVICE), 1]],
  [
    'pe',
    [
      gauge(
        'node_drbd_remote_pending',
        'Number of requests sent to the peer, but that have not yet been answered by the latter.',
        DEVICE,
      ),
      1,
    ],
  ],
  [
    'ua',
    [
      gauge(
        'node_drbd_remote_unacknowledged',
        'Number of requests received by the peer via the network connection, but that have not yet been answered.',
        DEVICE,
      ),
      1,
    ],
  ],
  [
    'ap',
    [
      gauge(
        'node_drbd_application_pending',
        'Number of block I/O requests forwarded to DRBD, but not yet answered by DRBD.',
        DEVICE,
      ),
      1,
    ],
  ],
  ['ep', [gauge('node_drbd_epochs', 'Number of Epochs currently on the fly.', DEVICE), 1]],
  [
    'oos',
    [gauge('node_drbd_out_of_sync_bytes', 'Amount of data known to be out of sync; in bytes.', DEVICE), KIBIBYTE],
  ],
]);

/** The metrics of `<of this node>/<of the other>` by their keys, and the word that makes it 1. */
const PAIRS: ReadonlyMap<string, readonly [MetricDefinition<'device' | 'node'>, string]> = new Map([
  [
    'ro',
    [gauge('node_drbd_node_role_is_primary', 'Whether the role of the node is in the primary state.', NODE), 'Primary'],
  ],
  [
    'ds',
    [gauge('node_drbd_disk_state_is_up_to_date', 'Whether the disk of the node is up to date.', NODE), 'UpToDate'],
  ],
]);

/** A line that begins the next device: ` 1: cs:Connected …`. */
const DEVICE_NUMBER = /^(\d+):$/;

/** /proc/drbd: the mirrored block devices of DRBD up to version 8.4. */
export const drbd: CollectorSpec = {
  name: 'drbd',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { proc } }) => {
      const text = proc.textIfAny('drbd');
      if (text === undefined) throw new NoData('DRBD is not loaded');
      let device: string | undefined;
      for (const line of text.split('\n')) {
        const words = wordsOf(line);
        const number = DEVICE_NUMBER.exec(words[0] ?? '')?.[1];
        if (number !== undefined) device = `drbd${number}`;
        // Lines before the first device give the version.
        if (device !== undefined) for (const word of words) setFact(metrics, device, word);
      }
    },
  }),
};

/** Sets the metrics of a word such as `ns:17324442` or `ro:Primary/Secondary`. */
function setFact(metrics: MetricSink, device: string, word: string): void {
  const [key = '', value, ...further] = word.split(':');
  if (value === undefined || further.length > 0) return;
  const number = NUMBERS.get(key);
  if (number !== undefined) metrics.setWith(number[0], { device }, parseDecimal(value) * number[1]);
  const pair = PAIRS.get(key);
  if (pair !== undefined) {
    const [local = '', remote] = value.split('/');
    metrics.setWith(pair[0], { device, node: 'local' }, local === pair[1] ? 1 : 0);
    if (remote === undefined) metrics.passOver(`${device} does not say ${key} of the other node`);
    else metrics.setWith(pair[0], { device, node: 'remote' }, remote === pair[1] ? 1 : 0);
  }
  if (key === 'cs') metrics.setWith(connected, { device }, value === 'Connected' ? 1 : 0);
}
