import t, { type Test } from 'tap';
import { buildNetwork, type Network, noNetwork } from './icmp-network.js';

interface Case {
  readonly name: string;
  readonly icmp?: Readonly<Record<string, unknown>>;
  readonly target: string;
  readonly verdict: string;
  /** What the log says, if that is more than the verdict. */
  readonly log?: RegExp;
  /** Enough for everything but silence, which is over when the time is. */
  readonly timeoutSeconds?: number;
  readonly hopLimit?: number;
}

const TOO_BIG = { dont_fragment: true, payload_size: 1400 };
const FIVE = { count: 5, interval: '1ms' };

const CASES: readonly Case[] = [
  { name: 'a router', target: '10.81.0.1', verdict: 'ok', hopLimit: 64 },
  { name: 'a router, IPv6', target: 'fd81::1', verdict: 'ok', hopLimit: 64 },
  { name: 'behind a router', target: '10.81.1.2', verdict: 'ok', hopLimit: 63 },
  { name: 'behind a router, IPv6', target: 'fd81:1::2', verdict: 'ok', hopLimit: 63 },
  {
    name: 'TTL exceeded',
    icmp: { ttl: 1 },
    target: '10.81.1.2',
    verdict: 'rtt/ttl_exceeded',
    log: /"type":11,"code":0,"from":"10.81.0.1"/,
  },
  {
    name: 'hop limit exceeded',
    icmp: { ttl: 1 },
    target: 'fd81:1::2',
    verdict: 'rtt/ttl_exceeded',
    log: /"type":3,"code":0,"from":"fd81::1"/,
  },
  { name: 'host unreachable', target: '10.81.2.1', verdict: 'rtt/host_unreachable', log: /"from":"10.81.0.1"/ },
  { name: 'host unreachable, IPv6', target: 'fd81:1::99', verdict: 'rtt/host_unreachable', log: /"from":"fd81::1"/ },
  { name: 'refused route, IPv6', target: 'fd81:2::1', verdict: 'rtt/network_unreachable' },
  { name: 'prohibited', target: '10.81.3.1', verdict: 'rtt/icmp_prohibited' },
  { name: 'prohibited, IPv6', target: 'fd81:3::1', verdict: 'rtt/icmp_prohibited' },
  { name: 'no route at the router', target: '10.82.0.1', verdict: 'rtt/network_unreachable' },
  { name: 'no route at the router, IPv6', target: 'fd82::1', verdict: 'rtt/network_unreachable' },
  {
    name: 'too big for the path',
    icmp: TOO_BIG,
    target: '10.81.1.2',
    verdict: 'rtt/packet_too_big',
    log: /"mtu":1400/,
  },
  {
    name: 'too big for the path, again',
    icmp: TOO_BIG,
    target: '10.81.1.2',
    verdict: 'rtt/packet_too_big',
    log: /"mtu":1400/,
  },
  {
    name: 'too big for the path, IPv6',
    icmp: TOO_BIG,
    target: 'fd81:1::2',
    verdict: 'rtt/packet_too_big',
    log: /"mtu":1400/,
  },
  {
    name: 'too big for the link',
    icmp: { ...TOO_BIG, payload_size: 1473 },
    target: '10.81.0.1',
    verdict: 'rtt/packet_too_big',
  },
  { name: 'just not too big', icmp: { ...TOO_BIG, payload_size: 1372 }, target: '10.81.1.2', verdict: 'ok' },
  { name: 'big, but may be fragmented', icmp: { payload_size: 5000 }, target: '10.81.1.2', verdict: 'ok' },
  { name: 'big, but may be fragmented, IPv6', icmp: { payload_size: 5000 }, target: 'fd81:1::2', verdict: 'ok' },
  { name: 'silence', target: '10.81.4.1', verdict: 'rtt/response_timeout', timeoutSeconds: 0.2 },
  { name: 'silence, IPv6', target: 'fd81:4::1', verdict: 'rtt/response_timeout', timeoutSeconds: 0.2 },
  { name: 'a source address', icmp: { source_ip_address: '10.81.0.2' }, target: '10.81.1.2', verdict: 'ok' },
  { name: 'several', icmp: { ...FIVE, min_replies: 5 }, target: 'fd81:1::2', verdict: 'ok' },
  { name: 'several, all refused', icmp: { ...FIVE, ttl: 1 }, target: '10.81.1.2', verdict: 'rtt/ttl_exceeded' },
];

const missing = noNetwork();
t.test('routers that say no', { skip: missing ?? false, timeout: 300_000 }, async (t) => {
  const network = buildNetwork(t);
  network.setPingGroups('none');
  t.test('raw sockets', async (t) => {
    checkCases(t, network, 'root', 'icmp probes: IPv4 by raw sockets, IPv6 by raw sockets');
  });
  t.test('datagram sockets, without privileges', async (t) => {
    network.setPingGroups('all');
    checkCases(t, network, 'nobody', 'icmp probes: IPv4 by datagram sockets, IPv6 by datagram sockets');
  });
  t.test('no sockets at all', async (t) => {
    network.setPingGroups('none');
    const { support, probes } = network.probe([{ icmp: {}, target: '10.81.0.1', timeoutSeconds: 30 }], 'nobody');
    t.equal(probes[0]?.verdict, 'setup/permission_denied');
    t.match(
      support,
      /^icmp probes will fail: the process has no CAP_NET_RAW, and none of its groups \(65534\) is within/,
    );
  });
});

function checkCases(t: Test, network: Network, who: 'root' | 'nobody', support: string): void {
  const wanted = CASES.map(({ icmp = {}, target, timeoutSeconds = 5 }) => ({ icmp, target, timeoutSeconds }));
  const answer = network.probe(wanted, who);
  t.equal(answer.support, support);
  for (const [index, { name, verdict, log, hopLimit }] of CASES.entries()) {
    const probed = answer.probes[index];
    t.equal(probed?.verdict, verdict, name);
    if (log !== undefined) t.match(probed?.log, log, `${name}: log`);
    if (hopLimit !== undefined) t.equal(probed?.metrics['probe_icmp_reply_hop_limit'], hopLimit, `${name}: hop limit`);
  }
}
