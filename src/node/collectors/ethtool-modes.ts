import { gauge } from '../../metrics/metric-definition.js';
import type { LinkSettings } from '../kernel/ethtool-facts.js';
import type { MetricSink } from '../metric-sink.js';

const DEVICE = ['device'] as const;
const SPEED = ['device', 'duplex', 'mode'] as const;

const port = gauge('node_network_supported_port_info', 'Type of ports or PHYs supported by network device', [
  'device',
  'type',
]);
const inUse = gauge('node_network_autonegotiate', 'If this port is using autonegotiate', DEVICE);
const supported = {
  speed: gauge(
    'node_network_supported_speed_bytes',
    'Combination of speeds and features supported by network device',
    SPEED,
  ),
  autonegotiate: gauge('node_network_autonegotiate_supported', 'If this port device supports autonegotiate', DEVICE),
  pause: gauge('node_network_pause_supported', 'If this port device supports pause frames', DEVICE),
  asymmetricPause: gauge(
    'node_network_asymmetricpause_supported',
    'If this port device supports asymmetric pause frames',
    DEVICE,
  ),
};
const advertised = {
  speed: gauge(
    'node_network_advertised_speed_bytes',
    'Combination of speeds and features offered by network device',
    SPEED,
  ),
  autonegotiate: gauge('node_network_autonegotiate_advertised', 'If this port device offers autonegotiate', DEVICE),
  pause: gauge('node_network_pause_advertised', 'If this port device offers pause capability', DEVICE),
  asymmetricPause: gauge(
    'node_network_asymmetricpause_advertised',
    'If this port device offers asymmetric pause capability',
    DEVICE,
  ),
};

const AUTONEGOTIATE_BIT = 6;
const PAUSE_BIT = 13;
const ASYMMETRIC_PAUSE_BIT = 14;

/** Kinds of sockets by their bits. */
const PORTS = [
  [7, 'TP'],
  [8, 'AUI'],
  [9, 'MII'],
  [10, 'FIBRE'],
  [11, 'BNC'],
  [16, 'Backplane'],
] as const;

/** Speeds by their bits: megabits per second, and the mode. */
const SPEEDS = [
  [0, 10, 'half', '10baseT'],
  [1, 10, 'full', '10baseT'],
  [2, 100, 'half', '100baseT'],
  [3, 100, 'full', '100baseT'],
  [4, 1000, 'half', '1000baseT'],
  [5, 1000, 'full', '1000baseT'],
  [12, 10_000, 'full', '10000baseT'],
  [15, 2500, 'full', '2500baseX'],
  [17, 1000, 'full', '1000baseKX'],
  [18, 10_000, 'full', '10000baseKX4'],
  [19, 10_000, 'full', '10000baseKR'],
  [20, 10_000, 'full', '10000baseR_FEC'],
  [21, 20_000, 'full', '20000baseMLD2'],
  [22, 20_000, 'full', '20000baseKR2'],
  [23, 40_000, 'full', '40000baseKR4'],
  [24, 40_000, 'full', '40000baseCR4'],
  [25, 40_000, 'full', '40000baseSR4'],
  [26, 40_000, 'full', '40000baseLR4'],
  [27, 56_000, 'full', '56000baseKR4'],
  [28, 56_000, 'full', '56000baseCR4'],
  [29, 56_000, 'full', '56000baseSR4'],
  [30, 56_000, 'full', '56000baseLR4'],
  [31, 25_000, 'full', '25000baseCR'],
] as const;

const BYTES_PER_MEGABIT = 125_000;

/** Sets the link modes that a device supports, and those that it offers to the other side. */
export function setLinkModes(metrics: MetricSink, device: string, settings: LinkSettings): void {
  for (const [bit, type] of PORTS) {
    if (hasBit(settings.supported, bit)) metrics.setWith(port, { device, type }, 1);
  }
  setModes(metrics, device, { of: supported, modes: settings.supported });
  setModes(metrics, device, { of: advertised, modes: settings.advertised });
  metrics.setWith(inUse, { device }, settings.autonegotiate);
}

function setModes(
  metrics: MetricSink,
  device: string,
  { of, modes }: { readonly of: typeof supported; readonly modes: number },
): void {
  for (const [bit, megabits, duplex, mode] of SPEEDS) {
    if (hasBit(modes, bit)) metrics.setWith(of.speed, { device, duplex, mode }, megabits * BYTES_PER_MEGABIT);
  }
  metrics.setWith(of.autonegotiate, { device }, Number(hasBit(modes, AUTONEGOTIATE_BIT)));
  metrics.setWith(of.pause, { device }, Number(hasBit(modes, PAUSE_BIT)));
  metrics.setWith(of.asymmetricPause, { device }, Number(hasBit(modes, ASYMMETRIC_PAUSE_BIT)));
}

function hasBit(modes: number, bit: number): boolean {
  return ((modes >>> bit) & 1) === 1;
}
