import { gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorDeps, CollectorSpec, Scrape } from '../collector.js';
import type { FileTree } from '../host-files.js';
import type { MetricSink } from '../metric-sink.js';
import { parseDecimal, parseInteger, parseWhole } from '../numbers.js';
import { namesOrNoData } from '../sysfs-values.js';
import { takeTurns } from '../take-turns.js';
import { type PciIdentity, PciNames } from './pci-names.js';

const LOCATION = ['segment', 'bus', 'device', 'function'] as const;
const PARENT = ['parent_segment', 'parent_bus', 'parent_device', 'parent_function'] as const;
const IDENTITY = [
  'class_id',
  'vendor_id',
  'device_id',
  'subsystem_vendor_id',
  'subsystem_device_id',
  'revision',
] as const;
const NAMES = ['vendor_name', 'device_name', 'subsystem_vendor_name', 'subsystem_device_name', 'class_name'] as const;

const INFO_HELP = 'Non-numeric data from /sys/bus/pci/devices/<location>, value is always 1.';
const info = gauge('node_pcidevice_info', INFO_HELP, [...LOCATION, ...PARENT, ...IDENTITY]);
const infoWithNames = gauge('node_pcidevice_info', INFO_HELP, [...LOCATION, ...PARENT, ...IDENTITY, ...NAMES]);
const powerState = gauge(
  'node_pcidevice_power_state',
  'PCIe device power state, one of: D0, D1, D2, D3hot, D3cold, unknown or error.',
  [...LOCATION, 'state'],
);
const numaNode = gauge(
  'node_pcidevice_numa_node',
  'NUMA node number for the PCI device. -1 indicates unknown or not available.',
  LOCATION,
);

const POWER_STATES: readonly string[] = ['D0', 'D1', 'D2', 'D3hot', 'D3cold', 'unknown', 'error'];

/**
 * The metrics of a device's files: how their text is read, and what upstream shows for a device without the file, or
 * with `Unknown` in it.
 */
const FILES = [
  [
    'max_link_speed',
    gauge(
      'node_pcidevice_max_link_transfers_per_second',
      "Value of maximum link's transfers per second (T/s)",
      LOCATION,
    ),
    parseSpeed,
    -1,
  ],
  [
    'max_link_width',
    gauge('node_pcidevice_max_link_width', "Value of maximum link's width (number of lanes)", LOCATION),
    parseInteger,
    -1,
  ],
  [
    'current_link_speed',
    gauge(
      'node_pcidevice_current_link_transfers_per_second',
      "Value of current link's transfers per second (T/s)",
      LOCATION,
    ),
    parseSpeed,
    -1,
  ],
  [
    'current_link_width',
    gauge('node_pcidevice_current_link_width', "Value of current link's width (number of lanes)", LOCATION),
    parseInteger,
    -1,
  ],
  [
    'd3cold_allowed',
    gauge('node_pcidevice_d3cold_allowed', 'Whether the PCIe device supports D3cold power state (0/1).', LOCATION),
    parseSwitch,
    0,
  ],
  [
    'sriov_drivers_autoprobe',
    gauge(
      'node_pcidevice_sriov_drivers_autoprobe',
      'Whether SR-IOV drivers autoprobe is enabled for the device (0/1).',
      LOCATION,
    ),
    parseSwitch,
    0,
  ],
  [
    'sriov_numvfs',
    gauge('node_pcidevice_sriov_numvfs', 'Number of Virtual Functions (VFs) currently enabled for SR-IOV.', LOCATION),
    parseWhole,
    0,
  ],
  [
    'sriov_totalvfs',
    gauge(
      'node_pcidevice_sriov_totalvfs',
      'Total number of Virtual Functions (VFs) supported by the device.',
      LOCATION,
    ),
    parseWhole,
    0,
  ],
  [
    'sriov_vf_total_msix',
    gauge('node_pcidevice_sriov_vf_total_msix', 'Total number of MSI-X vectors for Virtual Functions.', LOCATION),
    parseWhole,
    0,
  ],
] as const;

const FOLDER = 'bus/pci/devices';

/** /sys/bus/pci/devices: the devices of the host, their links and power states. */
export const pcidevice: CollectorSpec = {
  name: 'pcidevice',
  isDefault: false,
  flags: [
    {
      kind: 'value',
      name: 'pcidevice.idsfile',
      default: '',
      help: 'Path to pci.ids file to use for PCI device identification.',
    },
    {
      kind: 'switch',
      name: 'pcidevice.names',
      default: false,
      help: 'Enable PCI device name resolution (requires pci.ids file).',
    },
  ],
  create: (options, deps) => {
    const names = options.isOn('pcidevice.names') ? new PciNames(options.text('pcidevice.idsfile'), deps) : undefined;
    return {
      collect: async (scrape) => {
        const devices = namesOrNoData(scrape.files.sys, FOLDER);
        const found: PciDevice[] = [];
        await takeTurns(devices, deps.clock, (device) => {
          apart(scrape.metrics, () => {
            found.push(readDevice(scrape, device));
          });
        });
        await names?.learn(found.flatMap(({ identity }) => identity ?? []));
        await reportAll(scrape, found, { names, clock: deps.clock });
      },
    };
  },
};

/** The location of a device: `0000:01:00.0` is segment, bus, device and function. */
type Location = Readonly<Record<(typeof LOCATION)[number], string>>;

interface PciDevice {
  readonly folder: string;
  readonly location: Location;
  /** The bridge above the device; undefined for a device at the root. */
  readonly parent: Location | undefined;
  /** The numbers that identify the device; undefined if its files cannot be read. */
  readonly identity: PciIdentity | undefined;
}

const LOCATION_NAME = /^([\da-f]{1,8}):([\da-f]{1,2}):([\da-f]{1,2})\.([\da-f])$/i;

function readDevice({ metrics, files: { sys } }: Scrape, name: string): PciDevice {
  const folder = `${FOLDER}/${name}`;
  // Such as ../../../devices/pci0000:00/0000:00:02.5/0000:04:00.0
  const [own = name, above = ''] = (sys.link(folder) ?? name).split('/').reverse();
  const location = locationOf(own);
  if (location === undefined) throw new Error(`${own} is no place of a PCI device`);
  let identity: PciIdentity | undefined;
  apart(metrics, () => {
    identity = readIdentity(sys, folder);
  });
  return {
    folder,
    location,
    parent: locationOf(above),
    identity,
  };
}

function readIdentity(sys: FileTree, folder: string): PciIdentity {
  const id = (file: string, digits: number): string => hexOf(sys.value(`${folder}/${file}`), file, digits);
  return {
    class_id: id('class', 6),
    vendor_id: id('vendor', 4),
    device_id: id('device', 4),
    subsystem_vendor_id: id('subsystem_vendor', 4),
    subsystem_device_id: id('subsystem_device', 4),
    revision: id('revision', 2),
  };
}

function locationOf(text: string): Location | undefined {
  const [, segment, bus, device, last] = LOCATION_NAME.exec(text) ?? [];
  if (segment === undefined || bus === undefined || device === undefined || last === undefined) return undefined;
  const padded = (number: string, digits: number): string => number.toLowerCase().padStart(digits, '0');
  return { segment: padded(segment, 4), bus: padded(bus, 2), device: padded(device, 2), function: padded(last, 1) };
}

/** `0x60400` → `0x060400`. */
function hexOf(text: string | undefined, file: string, digits: number): string {
  const number = /^0x([\da-f]{1,8})$/i.exec(text ?? '')?.[1];
  if (number === undefined) throw new Error(`the ${file} of a PCI device cannot be read`);
  return `0x${number.toLowerCase().replace(/^0+/, '').padStart(digits, '0')}`;
}

async function reportAll(
  scrape: Scrape,
  devices: readonly PciDevice[],
  { names, clock }: { readonly names: PciNames | undefined; readonly clock: CollectorDeps['clock'] },
): Promise<void> {
  await takeTurns(devices, clock, (device) => {
    apart(scrape.metrics, () => {
      report(scrape, device, names);
    });
  });
}

function report({ metrics, files: { sys } }: Scrape, device: PciDevice, names: PciNames | undefined): void {
  const { folder, location } = device;
  setInfo(metrics, device, names);
  for (const [file, metric, parse, absent] of FILES) {
    const text = sys.value(`${folder}/${file}`);
    const isUnknown = text === undefined || text === '' || text.startsWith('Unknown');
    metrics.setWith(metric, location, isUnknown ? absent : parse(text));
  }
  const current = sys.value(`${folder}/power_state`);
  if (current !== undefined && current !== '') {
    for (const state of POWER_STATES) metrics.setWith(powerState, { ...location, state }, state === current ? 1 : 0);
  }
  const node = sys.value(`${folder}/numa_node`);
  if (node !== undefined && node !== '-1') metrics.setWith(numaNode, location, parseInteger(node));
}

function setInfo(metrics: MetricSink, device: PciDevice, names: PciNames | undefined): void {
  const { location, parent, identity } = device;
  if (identity === undefined) return;
  const labels = { ...location, ...parentLabels(parent), ...identity };
  if (names === undefined) metrics.setWith(info, labels, 1);
  else metrics.setWith(infoWithNames, { ...labels, ...names.of(identity) }, 1);
}

function parentLabels(parent: Location | undefined): Readonly<Record<(typeof PARENT)[number], string>> {
  return {
    parent_segment: parent?.segment ?? '*',
    parent_bus: parent?.bus ?? '*',
    parent_device: parent?.device ?? '*',
    parent_function: parent?.function ?? '*',
  };
}

/** `8.0 GT/s PCIe` → transfers per second. */
function parseSpeed(text: string): number {
  const [number = '', unit] = text.split(/ (.*)/);
  return unit === 'GT/s PCIe' ? parseDecimal(number) * 1e9 : NaN;
}

function parseSwitch(text: string): number {
  const value = parseInteger(text);
  return Number.isNaN(value) ? NaN : Number(value !== 0);
}
