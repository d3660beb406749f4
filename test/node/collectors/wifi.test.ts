import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { wifi } from '../../../src/node/collectors/wifi.js';
import { attribute, DONE, kernelCalls, message, number, refusal } from '../../helpers/node/kernel-bytes.js';
import { askCollector } from '../../helpers/services/collect.js';

t.test('without the addon, and without WiFi', async (t) => {
  const kernel = { missing: 'there is no compiler' };
  await t.rejects(askCollector(wifi, { kernel }).scrape(), { name: 'NoData', message: 'there is no compiler' });
  const none = kernelCalls({ netlink: () => Promise.resolve(refusal(2)) });
  await t.rejects(askCollector(wifi, { kernel: none }).scrape(), {
    name: 'NoData',
    message: 'this kernel has no WiFi',
  });
});

/** The command of a request of generic netlink. */
const commandOf = (request: Uint8Array): number => request[16] ?? 0;

t.test('what the kernel tells', async (t) => {
  const generic = (...attributes: readonly Buffer[]): Buffer => message(28, Buffer.alloc(4), ...attributes);
  const mac = Buffer.from('aabbccddeeff', 'hex');
  const station = attribute(
    21,
    attribute(1, number(32, 400)),
    attribute(2, number(32, 1)),
    attribute(3, number(32, 2000)),
    attribute(7, Buffer.from([0xcc])),
    attribute(8, attribute(1, number(16, 650))),
    attribute(9, number(32, 3)),
    attribute(14, attribute(1, number(16, 1)), attribute(5, number(32, 1300))),
    attribute(16, number(32, 30)),
    attribute(23, number(64, 5_000_000_000)),
  );
  const cell = attribute(
    47,
    attribute(1, mac),
    attribute(6, Buffer.from([1, 1, 9, 0, 4]), 'home', Buffer.from([3, 200])),
    attribute(9, number(32, 1)),
  );
  const answers: Readonly<Record<number, Buffer>> = {
    3: message(16, Buffer.alloc(4), attribute(1, number(16, 28)), attribute(2, 'nl80211\0')),
    5: Buffer.concat([
      generic(attribute(3, number(32, 4)), attribute(4, 'wlan0\0'), attribute(38, number(32, 2412))),
      generic(attribute(3, number(32, 5))),
      DONE,
    ]),
    17: Buffer.concat([generic(attribute(6, mac), station), DONE]),
    32: Buffer.concat([generic(attribute(47, attribute(1, mac))), generic(cell), DONE]),
  };
  const kernel = kernelCalls({ netlink: (_, request) => Promise.resolve(answers[commandOf(request)] ?? DONE) });
  const of = 'device="wlan0",mac_address="aa:bb:cc:dd:ee:ff"';
  const lines = (await askCollector(wifi, { kernel }).scrape()).split('\n').filter((line) => line.startsWith('node_'));
  t.same(lines, [
    'node_wifi_interface_frequency_hertz{device="wlan0"} 2.412e+09',
    `node_wifi_station_beacon_loss_total{${of}} 0`,
    `node_wifi_station_connected_seconds_total{${of}} 30`,
    `node_wifi_station_inactive_seconds{${of}} 0.4`,
    'node_wifi_station_info{bssid="aa:bb:cc:dd:ee:ff",device="wlan0",mode="client",ssid="home"} 1',
    `node_wifi_station_receive_bits_per_second{${of}} 1.3e+08`,
    `node_wifi_station_receive_bytes_total{${of}} 5e+09`,
    `node_wifi_station_received_packets_total{${of}} 3`,
    `node_wifi_station_signal_dbm{${of}} -52`,
    `node_wifi_station_transmit_bits_per_second{${of}} 6.5e+07`,
    `node_wifi_station_transmit_bytes_total{${of}} 2000`,
    `node_wifi_station_transmit_failed_total{${of}} 0`,
    `node_wifi_station_transmit_retries_total{${of}} 0`,
    `node_wifi_station_transmitted_packets_total{${of}} 0`,
  ]);
  const refusing = kernelCalls({
    netlink: (_, request) =>
      Promise.resolve([3, 5].includes(commandOf(request)) ? (answers[commandOf(request)] ?? DONE) : refusal(95)),
  });
  t.match(await askCollector(wifi, { kernel: refusing }).scrape(), /frequency_hertz{device="wlan0"}/);
});

t.test('files that are none of the fixtures', async (t) => {
  const folder = t.testdir();
  const flags = { 'wifi.fixtures': folder };
  t.equal(await askCollector(wifi, { flags }).scrape(), '');
  const devices = '[1, "x", {"name": "w0"}, {"name": "w1", "frequency": "high"}, {"name": 7}]';
  writeFileSync(join(folder, 'interfaces.json'), devices);
  const frequencies = 'node_wifi_interface_frequency_hertz{device="w0"} 0\n';
  t.match(await askCollector(wifi, { flags }).scrape(), new RegExp(`gauge\n${frequencies}$`), 'a word is no number');
  mkdirSync(join(folder, 'w0'));
  writeFileSync(join(folder, 'w0/bss.json'), '{');
  t.match(await askCollector(wifi, { flags }).scrape(), frequencies, 'one file costs its own series');
  writeFileSync(join(folder, 'interfaces.json'), '{');
  await t.rejects(askCollector(wifi, { flags }).scrape(), { message: /^cannot read .*interfaces\.json: / });
});
