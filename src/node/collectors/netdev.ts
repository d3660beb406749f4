import { counter } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import type { CollectorSpec } from '../collector.js';
import type { HostFiles } from '../host-files.js';
import { nameFilter } from '../name-filter.js';
import { setAddresses } from './netdev-addresses.js';
import { type DeviceStatistics, readDetailed, readSummary } from './netdev-statistics.js';

/** Counters of network devices, from /proc/net/dev and /sys/class/net/<device>/statistics. */
export const netdev: CollectorSpec = {
  name: 'netdev',
  isDefault: true,
  flags: [
    { name: 'netdev.device-include', kind: 'value', default: '', help: 'Regular expression of the devices to report.' },
    {
      name: 'netdev.device-exclude',
      kind: 'value',
      default: '',
      help: 'Regular expression of the devices to leave out.',
    },
    {
      name: 'netdev.address-info',
      kind: 'switch',
      default: false,
      help: 'Report the addresses of each device.',
    },
    {
      name: 'netdev.enable-detailed-metrics',
      kind: 'switch',
      default: false,
      help: "Report the kernel's counters one by one, under their own names, instead of the sums of /proc/net/dev.",
    },
    {
      name: 'netdev.netlink',
      kind: 'switch',
      default: true,
      help: 'Has no effect but that, turned off, receive_nohandler is left out, which /proc/net/dev does not have.',
    },
    {
      name: 'netdev.label-ifalias',
      kind: 'switch',
      default: false,
      help: 'Add a label with the alias of the device.',
    },
    {
      name: 'netdev.device-whitelist',
      kind: 'value',
      default: '',
      isHidden: true,
      help: 'Older name of --collector.netdev.device-include.',
    },
    {
      name: 'netdev.device-blacklist',
      kind: 'value',
      default: '',
      isHidden: true,
      help: 'Older name of --collector.netdev.device-exclude.',
    },
  ],
  create: (options) => {
    const isWanted = nameFilter(options, {
      include: 'netdev.device-include',
      exclude: 'netdev.device-exclude',
      oldInclude: 'netdev.device-whitelist',
      oldExclude: 'netdev.device-blacklist',
      bothGiven: 'device-exclude & device-include are mutually exclusive',
    });
    const isDetailed = options.isOn('netdev.enable-detailed-metrics');
    const withNoHandler = options.isOn('netdev.netlink');
    const withAlias = options.isOn('netdev.label-ifalias');
    const withAddresses = options.isOn('netdev.address-info');
    const read = (files: HostFiles): Iterable<DeviceStatistics> =>
      isDetailed ? readDetailed(files.sys, isWanted) : readSummary(files, { isWanted, withNoHandler });
    return {
      collect: ({ metrics, files }) => {
        for (const { device, counts } of read(files)) {
          const ifalias = withAlias ? (files.sys.value(`class/net/${device}/ifalias`) ?? '') : '';
          for (const [name, count] of counts) {
            if (withAlias) metrics.setWith(definitionWithAlias(name), { device, ifalias }, count);
            else metrics.setWith(definition(name), { device }, count);
          }
        }
        if (withAddresses) setAddresses(metrics);
      },
    };
  },
};

const definition = remembered((name) =>
  counter(`node_network_${name}_total`, `Network device statistic ${name}.`, ['device']),
);
const definitionWithAlias = remembered((name) =>
  counter(`node_network_${name}_total`, `Network device statistic ${name}.`, ['device', 'ifalias']),
);
