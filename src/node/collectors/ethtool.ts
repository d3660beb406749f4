import { gauge, untyped } from '../../metrics/metric-definition.js';
import { apartLater } from '../apart.js';
import { cleanMetricName } from '../clean-metric-name.js';
import { type CollectorSpec, NoData, type Scrape } from '../collector.js';
import { driverInfo, driverStatistics, linkSettings } from '../kernel/ethtool-facts.js';
import type { KernelCalls } from '../kernel/kernel-calls.js';
import type { MetricSink } from '../metric-sink.js';
import { compileFilter, type NameFilter, nameFilter } from '../name-filter.js';
import { namesOrNoData } from '../sysfs-values.js';
import { setLinkModes } from './ethtool-modes.js';

const info = gauge(
  'node_ethtool_info',
  "A metric with a constant '1' value labeled by bus_info, device, driver, expansion_rom_version, firmware_version, version.",
  ['bus_info', 'device', 'driver', 'expansion_rom_version', 'firmware_version', 'version'],
);

/** Statistics that many drivers have, and that have names of their own. */
const COMMON = new Map(
  [
    ['rx_bytes', 'received_bytes_total', 'Network interface bytes received'],
    ['rx_dropped', 'received_dropped_total', 'Number of received frames dropped'],
    ['rx_errors', 'received_errors_total', 'Number of received frames with errors'],
    ['rx_packets', 'received_packets_total', 'Network interface packets received'],
    ['tx_bytes', 'transmitted_bytes_total', 'Network interface bytes sent'],
    ['tx_errors', 'transmitted_errors_total', 'Number of sent frames with errors'],
    ['tx_packets', 'transmitted_packets_total', 'Network interface packets sent'],
  ].map(([statistic = '', name = '', help = '']) => [statistic, untyped(`node_ethtool_${name}`, help, ['device'])]),
);

const FOLDER = 'class/net';

/** Statistics of the drivers of network devices, read through the addon with the ioctl of ethtool(8). */
export const ethtool: CollectorSpec = {
  name: 'ethtool',
  isDefault: false,
  flags: [
    {
      kind: 'value',
      name: 'ethtool.device-include',
      default: '',
      help: 'Regexp of ethtool devices to include (mutually exclusive to device-exclude).',
    },
    {
      kind: 'value',
      name: 'ethtool.device-exclude',
      default: '',
      help: 'Regexp of ethtool devices to exclude (mutually exclusive to device-include).',
    },
    { kind: 'value', name: 'ethtool.metrics-include', default: '.*', help: 'Regexp of ethtool stats to include.' },
  ],
  create: (options, { log, kernel }) => {
    const isWanted = nameFilter(options, { include: 'ethtool.device-include', exclude: 'ethtool.device-exclude' });
    const pattern = options.text('ethtool.metrics-include');
    const isShown = compileFilter('ethtool.metrics-include', pattern) ?? ((): boolean => true);
    const loaded = kernel();
    if ('missing' in loaded) log.warn('ethtool metrics are left out', { reason: loaded.missing });
    return {
      collect: async (scrape) => {
        if ('missing' in loaded) throw new NoData(loaded.missing);
        const devices = namesOrNoData(scrape.files.sys, FOLDER).filter(isWanted);
        for (const device of devices) {
          if (scrape.signal.aborted) return;
          await collectDevice(scrape, loaded.calls, { device, isShown });
        }
      },
    };
  },
};

interface AskedDevice {
  readonly device: string;
  readonly isShown: NameFilter;
}

/** Collects the facts of a device. A driver may support any of the three questions, or none. */
async function collectDevice({ metrics }: Scrape, calls: KernelCalls, { device, isShown }: AskedDevice): Promise<void> {
  await unlessRefused(metrics, async () => {
    setLinkModes(metrics, device, await linkSettings(calls, device));
  });
  await unlessRefused(metrics, async () => {
    const facts = await driverInfo(calls, device);
    const labels = {
      device,
      driver: facts.driver,
      version: facts.version,
      firmware_version: facts.firmwareVersion,
      bus_info: facts.busInfo,
      expansion_rom_version: facts.expansionRomVersion,
    };
    metrics.setWith(info, labels, 1);
    setStatistics(metrics, { device, isShown }, await driverStatistics(calls, device, facts.statistics));
  });
}

/** Codes of a device that does not have what is asked for, or is no real one. */
const REFUSALS: ReadonlySet<string> = new Set(['EOPNOTSUPP', 'ENOTSUP', 'ENODEV', 'EINVAL', 'EPERM']);

function unlessRefused(metrics: MetricSink, work: () => Promise<void>): Promise<void> {
  return apartLater(metrics, async () => {
    try {
      await work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!REFUSALS.has(code)) throw error;
    }
  });
}

function setStatistics(
  metrics: MetricSink,
  { device, isShown }: AskedDevice,
  statistics: ReadonlyMap<string, number>,
): void {
  const byKey = new Map<string, number | undefined>();
  for (const [name, value] of statistics) {
    const key = cleanMetricName(name);
    // Statistics whose cleaned names are equal are all dropped, as upstream does: they could not be told apart.
    byKey.set(key, byKey.has(key) ? undefined : value);
  }
  for (const [key, value] of byKey) {
    if (value === undefined || !isShown(key)) continue;
    const metric =
      COMMON.get(key) ?? untyped(`node_ethtool_${metricName(key)}`, `Network interface ${key}`, ['device']);
    metrics.setWith(metric, { device }, value);
  }
}

/** `port_rx_errors` → `port_received_errors`. */
function metricName(key: string): string {
  return key
    .toLowerCase()
    .replace(/^_+/, '')
    .replace(/(^|_)rx(_|$)/g, '$1received$2')
    .replace(/(^|_)tx(_|$)/g, '$1transmitted$2');
}
