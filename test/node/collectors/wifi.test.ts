import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { wifi } from '../../../src/node/collectors/wifi.js';
import { askCollector } from '../../helpers/collect.js';

t.test('the kernel tells it over netlink alone', async (t) => {
  await t.rejects(askCollector(wifi).scrape(), { name: 'NoData', message: /netlink/ });
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
