import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { noIcmp, openIcmpSockets } from '../../helpers/icmp-support.js';
import { probe } from '../../helpers/services/probe.js';
import { until } from '../../helpers/until.js';

const skip = noIcmp();
const phase = (name: string): string => `probe_icmp_duration_seconds{phase="${name}"}`;
const stat = (name: string): string => `probe_icmp_rtt_seconds{stat="${name}"}`;
const HOP_LIMIT = 'probe_icmp_reply_hop_limit';
const LOSS = 'probe_icmp_loss_ratio';

/** Nobody answers from 0.0.0.0: the loopback's own address does, and does not count. */
const SILENT = '0.0.0.0';

t.test('a host that answers', { skip }, async (t) => {
  for (const [target, protocol] of [
    ['127.0.0.1', 4],
    ['::1', 6],
    ['::1%lo', 6],
    ['127.1.2.3', 4],
  ] as const) {
    const { verdict, metrics } = await probe('prober: icmp', target);
    t.equal(verdict, 'ok', target);
    t.equal(metrics['probe_ip_protocol'], protocol, `${target}: family`);
    t.equal(metrics[HOP_LIMIT], 64, `${target}: hop limit`);
    const rtt = metrics[phase('rtt')] ?? 0;
    t.ok(rtt > 0 && rtt < 1, `${target}: round trip`);
    t.ok((metrics[phase('setup')] ?? 0) > 0, `${target}: setup`);
    t.equal(metrics[LOSS], undefined, `${target}: a single request says nothing of loss`);
  }
  t.equal(openIcmpSockets(), 0);
});

t.test('options', { skip }, async (t) => {
  for (const [name, block, target] of [
    ['a large payload', 'payload_size: 60000', '127.0.0.1'],
    ['a large payload over IPv6', 'payload_size: 60000', '::1'],
    ['a payload of one byte', 'payload_size: 1', '127.0.0.1'],
    ['the largest payload in one piece', 'dont_fragment: true\n  payload_size: 65507', '127.0.0.1'],
    ['a source address', 'source_ip_address: 127.0.0.1', '127.0.0.1'],
    ['a source address of IPv6', 'source_ip_address: ::1', '::1'],
    ["the system's TTL", 'ttl: 0', '127.0.0.1'],
    ['a TTL of one', 'ttl: 1', '::1'],
  ] as const) {
    t.equal((await probe(`prober: icmp\nicmp:\n  ${block}`, target)).verdict, 'ok', name);
  }
});

t.test('what cannot be sent', { skip }, async (t) => {
  for (const [name, block, target, verdict] of [
    ['too large for any packet', 'payload_size: 70000', '127.0.0.1', 'rtt/packet_too_big'],
    ['a negative size', 'payload_size: -1', '127.0.0.1', 'rtt/packet_too_big'],
    ['too large for the loopback', 'dont_fragment: true\n  payload_size: 65507', '::1', 'rtt/packet_too_big'],
    ['a broadcast', '', '127.255.255.255', 'rtt/permission_denied'],
    ['a foreign source', 'source_ip_address: 192.0.2.1', '127.0.0.1', 'setup/address_unavailable'],
    ['a source of the other family', 'source_ip_address: ::1', '127.0.0.1', 'setup/address_unavailable'],
    ['a source that is no address', 'source_ip_address: localhost', '127.0.0.1', 'setup/address_unavailable'],
    ['a target with a port', '', '127.0.0.1:80', 'resolve/dns_no_such_host'],
    ['a zone that does not exist', '', 'fe80::1%nope', 'rtt/network_error'],
  ] as const) {
    const { verdict: probed, metrics } = await probe(`prober: icmp\nicmp:\n  ttl: 64\n  ${block}`, target);
    t.equal(probed, verdict, name);
    t.equal(metrics[HOP_LIMIT], undefined, `${name}: no reply`);
    t.equal(metrics[phase('rtt')], 0, `${name}: no round trip`);
  }
  t.equal(openIcmpSockets(), 0);
});

t.test('several requests', { skip }, async (t) => {
  const { verdict, metrics } = await probe('prober: icmp\nicmp: { count: 5, interval: 5ms, min_replies: 5 }', '::1');
  t.equal(verdict, 'ok');
  t.equal(metrics['probe_icmp_packets_sent'], 5);
  t.equal(metrics['probe_icmp_packets_received'], 5);
  t.equal(metrics[LOSS], 0);
  const [min = 0, avg = 0, max = 0] = ['min', 'avg', 'max'].map((name) => metrics[stat(name)]);
  t.ok(min > 0 && min <= avg && avg <= max);
  for (const name of ['stddev', 'jitter']) t.ok((metrics[stat(name)] ?? -1) >= 0, name);
  t.ok(Math.abs((metrics[phase('rtt')] ?? 0) - avg) < 1e-8, 'the phase is the mean');
});

t.test('silence', { skip }, async (t) => {
  const single = await probe('prober: icmp', SILENT, { timeoutSeconds: 0.1 });
  t.equal(single.verdict, 'rtt/response_timeout');
  t.equal(single.metrics[phase('rtt')], 0);
  t.equal(single.metrics[HOP_LIMIT], undefined);
  const several = await probe('prober: icmp\nicmp: { count: 3, interval: 1ms }', SILENT, { timeoutSeconds: 0.1 });
  t.equal(several.verdict, 'rtt/response_timeout');
  t.equal(several.metrics[LOSS], 1);
  t.equal(several.metrics['probe_icmp_packets_received'], 0);
  t.equal(several.metrics[stat('avg')], undefined);
  t.equal(openIcmpSockets(), 0);
});

t.test('out of time amid a series: what has arrived by then counts', { skip }, async (t) => {
  const module = (min: number): string => `prober: icmp\nicmp: { count: 3, interval: 1m, min_replies: ${min} }`;
  const enough = await probe(module(1), '127.0.0.1', { timeoutSeconds: 0.1 });
  t.equal(enough.verdict, 'ok');
  t.equal(enough.metrics['probe_icmp_packets_sent'], 1);
  t.equal(enough.metrics[LOSS], 0);
  const tooFew = await probe(module(2), '127.0.0.1', { timeoutSeconds: 0.1 });
  t.equal(tooFew.verdict, 'rtt/icmp_replies_missing');
});

t.test('many at once', { skip }, async (t) => {
  const targets = Array.from({ length: 600 }, (_none, index) => (index % 3 === 0 ? '::1' : `127.0.${index % 7}.1`));
  const probed = await Promise.all(targets.map((target) => probe('prober: icmp', target)));
  t.same([...new Set(probed.map(({ verdict }) => verdict))], ['ok']);
  t.equal(openIcmpSockets(), 0);
});

t.test('a worker that ends in mid-probe leaves nothing open', { skip }, async (t) => {
  const before = openIcmpSockets();
  const code = `
    const { workerData, parentPort } = require('node:worker_threads');
    import(workerData).then(async ({ probe }) => {
      parentPort.postMessage((await probe('prober: icmp', '127.0.0.1')).verdict);
      void probe('prober: icmp', '${SILENT}', { timeoutSeconds: 600 });
    });`;
  const helper = new URL('../../helpers/services/probe.js', import.meta.url).href;
  const worker = new Worker(code, { eval: true, workerData: helper });
  t.same(await once(worker, 'message'), ['ok']);
  await until(() => openIcmpSockets() === before + 1, 'the socket of the probe that waits');
  await worker.terminate();
  await until(() => openIcmpSockets() === before, 'it is closed');
});
