import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import type { CollectorSpec } from '../collector.js';
import type { FileTree } from '../host-files.js';
import type { MetricSink } from '../metric-sink.js';
import { compileFilter } from '../name-filter.js';

const up = gauge('node_network_up', "Value is 1 if operstate is 'up', 0 otherwise.", ['device']);
const info = gauge('node_network_info', 'Non-numeric data from /sys/class/net/<iface>, value is always 1.', [
  'device',
  'address',
  'broadcast',
  'duplex',
  'operstate',
  'adminstate',
  'ifalias',
]);
const speed = gauge('node_network_speed_bytes', 'Network device property: speed_bytes', ['device']);

/** Metrics by the file below /sys/class/net/<device>. */
const PROPERTIES: readonly (readonly [file: string, metric: MetricDefinition<'device'>])[] = [
  ['addr_assign_type', property(gauge, 'address_assign_type')],
  ['carrier', property(gauge, 'carrier')],
  ['carrier_changes', property(counter, 'carrier_changes_total')],
  ['carrier_up_count', property(counter, 'carrier_up_changes_total')],
  ['carrier_down_count', property(counter, 'carrier_down_changes_total')],
  ['dev_id', property(gauge, 'device_id')],
  ['dormant', property(gauge, 'dormant')],
  ['flags', property(gauge, 'flags')],
  ['ifindex', property(gauge, 'iface_id')],
  ['iflink', property(gauge, 'iface_link')],
  ['link_mode', property(gauge, 'iface_link_mode')],
  ['mtu', property(gauge, 'mtu_bytes')],
  ['name_assign_type', property(gauge, 'name_assign_type')],
  ['netdev_group', property(gauge, 'net_dev_group')],
  ['tx_queue_len', property(gauge, 'transmit_queue_length')],
  ['type', property(gauge, 'protocol_type')],
];

/** All files of a device that are read. */
const FILES = [
  ...PROPERTIES.map(([file]) => file),
  'operstate',
  'address',
  'broadcast',
  'duplex',
  'ifalias',
  'speed',
].join('/');

function property(
  declare: (name: string, help: string, labels: readonly 'device'[]) => MetricDefinition<'device'>,
  name: string,
): MetricDefinition<'device'> {
  return declare(`node_network_${name}`, `Network device property: ${name}`, ['device']);
}

/** IFF_UP of netdevice(7). */
const FLAG_UP = 1;
const BYTES_PER_MEGABIT = 1_000_000 / 8;

/** /sys/class/net/<device>/*. */
export const netclass: CollectorSpec = {
  name: 'netclass',
  isDefault: true,
  flags: [
    {
      name: 'netclass.ignored-devices',
      kind: 'value',
      default: '^$',
      help: 'Regular expression of the devices to leave out.',
    },
    {
      name: 'netclass.ignore-invalid-speed',
      kind: 'switch',
      default: false,
      help: 'Leave out the speed where the driver gives -1, as it does for a link without one.',
    },
    {
      name: 'netclass.netlink',
      kind: 'switch',
      default: false,
      help: 'Has no effect: the properties are always read from /sys/class/net.',
    },
    {
      name: 'netclass_rtnl.with-stats',
      kind: 'switch',
      default: false,
      help: 'Has no effect: statistics are what the netdev collector reports.',
    },
  ],
  create: (options) => {
    const isIgnored = remembered(
      compileFilter('netclass.ignored-devices', options.text('netclass.ignored-devices')) ?? (() => true),
    );
    const withInvalidSpeed = !options.isOn('netclass.ignore-invalid-speed');
    return {
      collect: ({ metrics, files: { sys } }) => {
        for (const device of sys.namesIfAny('class/net')) {
          if (!isIgnored(device)) setDevice(metrics, sys, { device, withInvalidSpeed });
        }
      },
    };
  },
};

function setDevice(
  metrics: MetricSink,
  sys: FileTree,
  { device, withInvalidSpeed }: { device: string; withInvalidSpeed: boolean },
): void {
  const folder = `class/net/${device}`;
  sys.readTogether(folder, FILES);
  const text = (file: string): string | undefined => sys.value(`${folder}/${file}`);
  const number = (file: string): number | undefined => numberOf(text(file));
  // Not every entry is a device: bonding_masters is a file. Asking for each file is quicker than listing the folder.
  const operstate = text('operstate') ?? '';
  if (operstate === '' && sys.namesIfAny(folder).length === 0) return;
  metrics.setWith(up, { device }, operstate === 'up' ? 1 : 0);
  const labels = {
    address: text('address') ?? '',
    broadcast: text('broadcast') ?? '',
    duplex: text('duplex') ?? '',
    operstate,
    adminstate: adminState(number('flags')),
    ifalias: text('ifalias') ?? '',
  };
  metrics.setWith(info, { device, ...labels }, 1);
  for (const [file, metric] of PROPERTIES) {
    const value = number(file);
    if (value !== undefined) metrics.setWith(metric, { device }, value);
  }
  const megabits = number('speed');
  if (megabits !== undefined && (megabits >= 0 || withInvalidSpeed)) {
    metrics.setWith(speed, { device }, Math.trunc(megabits * BYTES_PER_MEGABIT));
  }
}

/** Some are hexadecimal: `0x1003`. */
function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

function adminState(flags: number | undefined): string {
  if (flags === undefined) return 'unknown';
  return (flags & FLAG_UP) === 0 ? 'down' : 'up';
}
