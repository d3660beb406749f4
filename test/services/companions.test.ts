import t from 'tap';
import { Companions } from '../../src/services/companions.js';

const beside = new Companions();
const facts = new Companions().facts('Pushgateway', ['127.0.0.1:9091'], '/push/');
beside.set(facts.asCompanion === undefined ? [] : [facts.asCompanion]);

const HOSTS = new Map<string | undefined, string | undefined>([
  ['sonde.example.com:9115', '//sonde.example.com:9091/push/'],
  ['sonde.example.com', '//sonde.example.com:9091/push/'],
  ['[::1]:9115', '//[::1]:9091/push/'],
  ['evil.example/"><script>', undefined],
  ['user@evil.example', undefined],
  ['', undefined],
  [undefined, undefined],
]);

t.test('links lead to the host by which one has come', (t) => {
  for (const [host, href] of HOSTS) {
    const [link] = beside.linksFor({ headers: { host } });
    t.equal(link?.href, href, host ?? 'none');
  }
  t.end();
});

t.test('a service without a port has no link', (t) => {
  t.equal(beside.facts('Probes', ['/run/sonde.sock'], '/').asCompanion, undefined);
  t.end();
});
