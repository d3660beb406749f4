import t from 'tap';
import { ServicesBeside } from '../../src/services/services-beside.js';

const beside = new ServicesBeside();
const facts = new ServicesBeside().facts('Pushgateway', ['127.0.0.1:9091'], '/push/');
beside.set(facts.asBeside === undefined ? [] : [facts.asBeside]);

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
  t.equal(beside.facts('Probes', ['/run/sonde.sock'], '/').asBeside, undefined);
  t.end();
});
