import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { counter, gauge } from '../../metrics/metric-definition.js';
import { ownValue } from '../../values/own-value.js';
import { apart } from '../apart.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { isAbsent } from '../host-files.js';
import type { KernelCalls } from '../kernel/kernel-calls.js';
import { wifiDevices } from '../kernel/wifi-facts.js';
import type { MetricSink } from '../metric-sink.js';

const frequency = gauge(
  'node_wifi_interface_frequency_hertz',
  'The current frequency a WiFi interface is operating at, in hertz.',
  ['device'],
);
const stationInfo = gauge(
  'node_wifi_station_info',
  'Labeled WiFi interface station information as provided by the operating system.',
  ['device', 'bssid', 'ssid', 'mode'],
);

const STATION = ['device', 'mac_address'] as const;
const NANOSECONDS = 1e9;

/** The metrics of a station: the field of the fixture, the metric, and the divisor of the field's value. */
const STATION_METRICS = [
  [
    'connected',
    counter(
      'node_wifi_station_connected_seconds_total',
      'The total number of seconds a station has been connected to an access point.',
      STATION,
    ),
    NANOSECONDS,
  ],
  [
    'inactive',
    gauge(
      'node_wifi_station_inactive_seconds',
      'The number of seconds since any wireless activity has occurred on a station.',
      STATION,
    ),
    NANOSECONDS,
  ],
  [
    'receivebitrate',
    gauge(
      'node_wifi_station_receive_bits_per_second',
      'The current WiFi receive bitrate of a station, in bits per second.',
      STATION,
    ),
    1,
  ],
  [
    'transmitbitrate',
    gauge(
      'node_wifi_station_transmit_bits_per_second',
      'The current WiFi transmit bitrate of a station, in bits per second.',
      STATION,
    ),
    1,
  ],
  [
    'receivedbytes',
    counter('node_wifi_station_receive_bytes_total', 'The total number of bytes received by a WiFi station.', STATION),
    1,
  ],
  [
    'transmittedbytes',
    counter(
      'node_wifi_station_transmit_bytes_total',
      'The total number of bytes transmitted by a WiFi station.',
      STATION,
    ),
    1,
  ],
  [
    'receivedpackets',
    counter('node_wifi_station_received_packets_total', 'The total number of packets received by a station.', STATION),
    1,
  ],
  [
    'transmittedpackets',
    counter(
      'node_wifi_station_transmitted_packets_total',
      'The total number of packets transmitted by a station.',
      STATION,
    ),
    1,
  ],
  [
    'signal',
    gauge('node_wifi_station_signal_dbm', 'The current WiFi signal strength, in decibel-milliwatts (dBm).', STATION),
    1,
  ],
  [
    'transmitretries',
    counter(
      'node_wifi_station_transmit_retries_total',
      'The total number of times a station has had to retry while sending a packet.',
      STATION,
    ),
    1,
  ],
  [
    'transmitfailed',
    counter(
      'node_wifi_station_transmit_failed_total',
      'The total number of times a station has failed to send a packet.',
      STATION,
    ),
    1,
  ],
  [
    'beaconloss',
    counter(
      'node_wifi_station_beacon_loss_total',
      'The total number of times a station has detected a beacon loss.',
      STATION,
    ),
    1,
  ],
] as const;

/**
 * nl80211's words for being associated with an access point (authenticated, associated) and for being in an ad-hoc
 * network.
 */
const MODES: Readonly<Record<number, string>> = { 0: 'client', 1: 'client', 2: 'ad-hoc' };

/** An object of JSON, whose fields are in any case, as Go's decoder takes them. */
type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Wireless devices and stations, by netlink (nl80211) through the addon; without the addon there is no data. For tests
 * JSON files in the form of upstream's fixtures can be read instead.
 */
export const wifi: CollectorSpec = {
  name: 'wifi',
  isDefault: false,
  flags: [
    {
      kind: 'value',
      name: 'wifi.fixtures',
      default: '',
      help: 'Folder with JSON files to take wifi collector metrics from.',
    },
  ],
  create: (options, { log, kernel }) => {
    const folder = options.text('wifi.fixtures');
    const loaded = kernel();
    if (folder === '' && 'missing' in loaded) log.warn('WiFi metrics are left out', { reason: loaded.missing });
    return {
      collect: async (scrape) => {
        if (folder === '') {
          if ('missing' in loaded) throw new NoData(loaded.missing);
          await collectLive(scrape.metrics, loaded.calls);
          return;
        }
        for (const device of readJson(join(folder, 'interfaces.json'))) collectDevice(scrape.metrics, folder, device);
      },
    };
  },
};

async function collectLive(metrics: MetricSink, calls: KernelCalls): Promise<void> {
  const devices = await wifiDevices(calls);
  if (devices === undefined) throw new NoData('this kernel has no WiFi');
  for (const { device: fields, cells, stations } of devices) {
    const device = String(fields['name']);
    metrics.setWith(frequency, { device }, numberIn(fields, 'frequency') * 1e6);
    for (const cell of cells) setBss(metrics, device, cell);
    for (const station of stations) setStation(metrics, device, station);
  }
}

function collectDevice(metrics: MetricSink, folder: string, fields: JsonObject): void {
  const device = fields['name'];
  // Some virtual devices have none.
  if (typeof device !== 'string' || device === '') return;
  metrics.setWith(frequency, { device }, numberIn(fields, 'frequency') * 1e6);
  apart(metrics, () => {
    for (const bss of readJson(join(folder, device, 'bss.json'))) setBss(metrics, device, bss);
  });
  apart(metrics, () => {
    for (const station of readJson(join(folder, device, 'stationinfo.json'))) setStation(metrics, device, station);
  });
}

function setBss(metrics: MetricSink, device: string, bss: JsonObject): void {
  const labels = {
    device,
    bssid: macAddress(bss['bssid']),
    ssid: typeof bss['ssid'] === 'string' ? bss['ssid'] : '',
    mode: MODES[numberIn(bss, 'status')] ?? 'unknown',
  };
  metrics.setWith(stationInfo, labels, 1);
}

function setStation(metrics: MetricSink, device: string, station: JsonObject): void {
  const labels = { device, mac_address: macAddress(station['hardwareaddr']) };
  for (const [field, metric, divisor] of STATION_METRICS) {
    metrics.setWith(metric, labels, numberIn(station, field) / divisor);
  }
}

/** The objects in a file: those of a list, or one alone; none where there is no such file. */
function readJson(path: string): readonly JsonObject[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  try {
    return [JSON.parse(text) as unknown].flat().filter(isObject).map(withLowerCaseNames);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`cannot read ${path}: ${error.message}`, { cause: error });
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withLowerCaseNames(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));
}

/** A number of the object: 0 if it is missing, as upstream's decoder does, and NaN if it is no number. */
function numberIn(object: JsonObject, name: string): number {
  const value = ownValue(object, name) ?? 0;
  return typeof value === 'number' ? value : NaN;
}

/** `qrvM3e7/` → `aa:bb:cc:dd:ee:ff`. */
function macAddress(base64: unknown): string {
  if (typeof base64 !== 'string') return '';
  const bytes = [...Buffer.from(base64, 'base64')];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
