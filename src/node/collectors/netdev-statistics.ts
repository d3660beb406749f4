import type { FileTree, HostFiles } from '../host-files.js';
import { linesOf, wordsOf } from '../lines.js';
import type { NameFilter } from '../name-filter.js';
import { parseWhole } from '../numbers.js';

/** The counters of one device by upstream's names. */
export interface DeviceStatistics {
  readonly device: string;
  readonly counts: readonly (readonly [name: string, count: number])[];
}

/** The columns of /proc/net/dev behind the device's name, in their order. */
const COLUMNS = [
  'receive_bytes',
  'receive_packets',
  'receive_errs',
  'receive_drop',
  'receive_fifo',
  'receive_frame',
  'receive_compressed',
  'receive_multicast',
  'transmit_bytes',
  'transmit_packets',
  'transmit_errs',
  'transmit_drop',
  'transmit_fifo',
  'transmit_colls',
  'transmit_carrier',
  'transmit_compressed',
] as const;

/**
 * /proc/net/dev: one read for all devices. The kernel makes the same sums there as upstream makes of netlink's counters
 * (drop with missed, frame with length, over and crc, carrier with aborted, window and heartbeat); only `nohandler` is
 * not in it.
 */
export function* readSummary(
  files: HostFiles,
  { isWanted, withNoHandler }: { isWanted: NameFilter; withNoHandler: boolean },
): Generator<DeviceStatistics> {
  for (const line of linesOf(files.proc.text('net/dev')).slice(2)) {
    const colon = line.lastIndexOf(':');
    const device = line.slice(0, colon).trim();
    if (!isWanted(device)) continue;
    const numbers = wordsOf(line.slice(colon + 1));
    const counts = COLUMNS.map((name, index) => [name, parseWhole(numbers[index] ?? '')] as const);
    const noHandler = withNoHandler ? files.sys.value(`class/net/${device}/statistics/rx_nohandler`) : undefined;
    yield {
      device,
      counts: noHandler === undefined ? counts : [...counts, ['receive_nohandler', parseWhole(noHandler)]],
    };
  }
}

/**
 * Upstream's names for the files in /sys/class/net/<device>/statistics, which are netlink's struct rtnl_link_stats64.
 */
const FILES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    rx_packets: 'receive_packets',
    tx_packets: 'transmit_packets',
    rx_bytes: 'receive_bytes',
    tx_bytes: 'transmit_bytes',
    rx_errors: 'receive_errors',
    tx_errors: 'transmit_errors',
    rx_dropped: 'receive_dropped',
    tx_dropped: 'transmit_dropped',
    multicast: 'multicast',
    collisions: 'collisions',
    rx_length_errors: 'receive_length_errors',
    rx_over_errors: 'receive_over_errors',
    rx_crc_errors: 'receive_crc_errors',
    rx_frame_errors: 'receive_frame_errors',
    rx_fifo_errors: 'receive_fifo_errors',
    rx_missed_errors: 'receive_missed_errors',
    tx_aborted_errors: 'transmit_aborted_errors',
    tx_carrier_errors: 'transmit_carrier_errors',
    tx_fifo_errors: 'transmit_fifo_errors',
    tx_heartbeat_errors: 'transmit_heartbeat_errors',
    tx_window_errors: 'transmit_window_errors',
    rx_compressed: 'receive_compressed',
    tx_compressed: 'transmit_compressed',
    rx_nohandler: 'receive_nohandler',
  }),
);

/** Reads the counters of each device one by one, from one file each. */
export function* readDetailed(sys: FileTree, isWanted: NameFilter): Generator<DeviceStatistics> {
  for (const device of sys.namesIfAny('class/net').filter(isWanted)) {
    const folder = `class/net/${device}/statistics`;
    const counts = sys.namesIfAny(folder).flatMap((file) => {
      const name = FILES.get(file);
      const count = name === undefined ? undefined : sys.value(`${folder}/${file}`);
      return name === undefined || count === undefined ? [] : [[name, parseWhole(count)] as const];
    });
    if (counts.length > 0) yield { device, counts };
  }
}
