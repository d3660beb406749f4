import t from 'tap';
import { seededRandom } from '../helpers/hostile/seeded-random.js';
import { A_RECORD, uint16, wireName, wireRecord, wireReply } from '../helpers/servers/dns-bytes.js';
import { type DnsAct, startScriptedDns } from '../helpers/servers/scripted-dns.js';
import { eachOf, startProbeService } from '../helpers/services/probe-service.js';

/** One module a prober that looks up names; each gives up after a fraction of a second. */
const MODULES = `
modules:
  http: {prober: http, timeout: 0.3s, http: {preferred_ip_protocol: ip4}}
  http_ip4: {prober: http, timeout: 0.3s, http: {preferred_ip_protocol: ip4, ip_protocol_fallback: false}}
  tcp: {prober: tcp, timeout: 0.3s}
  icmp: {prober: icmp, timeout: 0.3s}
  dns: {prober: dns, timeout: 0.3s, dns: {query_name: x.test}}
  grpc: {prober: grpc, timeout: 0.3s}
  websocket: {prober: websocket, timeout: 0.3s}
`;

const TARGETS: Readonly<Record<string, (name: string) => string>> = {
  http: (name) => `http://${name}:1/`,
  http_ip4: (name) => `http://${name}:1/`,
  tcp: (name) => `${name}:1`,
  icmp: (name) => name,
  dns: (name) => `${name}:1`,
  grpc: (name) => `${name}:1`,
  websocket: (name) => `ws://${name}:1/`,
};

type Answer = (query: Buffer) => readonly DnsAct[];

const CNAME = (to: Buffer, owner?: Buffer): Buffer => wireRecord({ type: 5, rdata: to, ...(owner && { owner }) });
const THE_QUESTION = Buffer.of(0xc0, 0x0c);
const LOOPBACK = wireRecord({ type: 1, rdata: Buffer.of(127, 0, 0, 1) });

/** QR, RD and RA, so that the server is none that only refers elsewhere. */
const RECURSIVE = 0x8180;
const reply = (query: Buffer, answer: readonly Buffer[], flags = RECURSIVE): Buffer =>
  wireReply(query, { flags, answer });

/** What name servers say that is no address, by the first label of the name that was asked for. */
const NONSENSE: Readonly<Record<string, Answer>> = {
  alias: (query) => [reply(query, [CNAME(wireName('gone.invalid'))])],
  chain: (query) => [reply(query, [CNAME(wireName('b.invalid')), CNAME(wireName('c.invalid'), wireName('b.invalid'))])],
  self: (query) => [reply(query, [CNAME(THE_QUESTION)])],
  circle: (query) => [
    reply(query, [
      CNAME(wireName('b.invalid')),
      CNAME(wireName('a.invalid'), wireName('b.invalid')),
      CNAME(THE_QUESTION, wireName('a.invalid')),
    ]),
  ],
  stranger: (query) => [
    reply(query, [wireRecord({ type: 1, owner: wireName('other.invalid'), rdata: Buffer.of(192, 0, 2, 1) })]),
  ],
  empty: (query) => [reply(query, [])],
  referral: (query) => [
    wireReply(query, { flags: 0x8000, authority: [wireRecord({ type: 2, rdata: wireName('ns.invalid') })] }),
  ],
  soa: (query) => [
    wireReply(query, {
      flags: RECURSIVE,
      authority: [
        wireRecord({
          type: 6,
          rdata: Buffer.concat([wireName('ns.invalid'), wireName('x.invalid'), Buffer.alloc(20)]),
        }),
      ],
    }),
  ],
  text: (query) => [reply(query, [wireRecord({ type: 16, rdata: Buffer.from('\x01x') })])],
  short: (query) => [reply(query, [wireRecord({ type: 1, rdata: Buffer.of(127, 0, 0) })])],
  long: (query) => [reply(query, [wireRecord({ type: 1, rdata: Buffer.alloc(16) })])],
  nothing: (query) => [reply(query, [wireRecord({ type: 1, rdata: Buffer.alloc(0) })])],
  chaos: (query) => [reply(query, [wireRecord({ type: 1, class: 3, rdata: Buffer.of(127, 0, 0, 1) })])],
  compressed: (query) => [
    reply(query, [wireRecord({ type: 1, owner: Buffer.of(0xc0, query.length), rdata: Buffer.alloc(4) })]),
  ],
  forward: (query) => [reply(query, [CNAME(Buffer.of(0xc0, 0xff)), A_RECORD])],
  counts: (query) => [wireReply(query, { flags: RECURSIVE, answer: [A_RECORD], counts: [1, 65535, 65535, 65535] })],
  unasked: (query) => [wireReply(query, { flags: RECURSIVE, question: Buffer.alloc(0), answer: [A_RECORD] })],
  elsewhere: (query) => [
    wireReply(query, {
      flags: RECURSIVE,
      question: Buffer.concat([wireName('x.invalid'), uint16(1), uint16(1)]),
      answer: [A_RECORD],
    }),
  ],
  wrongid: (query) => [wireReply(query, { flags: RECURSIVE, id: query.readUInt16BE(0) ^ 1, answer: [A_RECORD] })],
  echoed: (query) => [query],
  datagram: () => [Buffer.alloc(0)],
  one: () => [Buffer.of(0)],
  header: (query) => [query.subarray(0, 12)],
  cut: (query) => [reply(query, [A_RECORD]).subarray(0, -3)],
  trailing: (query) => [Buffer.concat([reply(query, [A_RECORD]), Buffer.alloc(300, 0xc0)])],
  truncated: (query) => [reply(query, [], RECURSIVE | 0x0200)],
  twice: (query) => [reply(query, []), reply(query, [A_RECORD])],
  flood: (query) => [
    reply(
      query,
      Array.from({ length: 500 }, () => CNAME(THE_QUESTION)),
    ),
  ],
  zone: (query) => [
    reply(query, [wireRecord({ type: 28, rdata: Buffer.from('fe800000000000000000000000000001', 'hex') })]),
  ],
  silence: () => [],
  ...Object.fromEntries(
    Array.from({ length: 16 }, (_, rcode) => [
      `rcode${rcode}`,
      (query: Buffer) => [reply(query, [], RECURSIVE | rcode)],
    ]),
  ),
};

/** The sound answer with some of its bytes changed, or cut; the same for the same number. */
function damaged(query: Buffer, seed: number): Buffer {
  const random = seededRandom(seed);
  const bytes = reply(query, [CNAME(THE_QUESTION), LOOPBACK, A_RECORD]);
  // The id stays: with another one nobody would look at the rest.
  for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
    bytes[2 + Math.floor(random() * (bytes.length - 2))] = Math.floor(random() * 256);
  }
  return random() < 0.3 ? bytes.subarray(0, 2 + Math.floor(random() * bytes.length)) : bytes;
}

const FUZZED = 60;

/** The answer by the first label of the question's name. */
function answerTo(query: Buffer): readonly DnsAct[] {
  const label = query
    .subarray(13, 13 + (query[12] ?? 0))
    .toString('latin1')
    .toLowerCase();
  if (label.startsWith('fuzz')) return [damaged(query, Number(label.slice(4)))];
  return NONSENSE[label]?.(query) ?? [];
}

t.test('no answer of a name server makes /probe answer anything but 200', async (t) => {
  const dns = await startScriptedDns(t, answerTo);
  const hostsFile = `${t.testdir({ hosts: '' })}/hosts`;
  const { ask, logLines } = await startProbeService(t, MODULES, { dnsServers: [dns.target], hostsFile });
  const labels = [...Object.keys(NONSENSE), ...Array.from({ length: FUZZED }, (_, seed) => `fuzz${seed}`)];
  const modules = Object.keys(TARGETS);
  const rows = labels.flatMap((label, at) =>
    label.startsWith('fuzz')
      ? [{ label, module: modules[at % modules.length] ?? '' }]
      : modules.map((module) => ({ label, module })),
  );
  const wrong: string[] = [];
  await eachOf(rows, 32, async ({ label, module }) => {
    const answer = await ask(module, TARGETS[module]?.(`${label}.test`) ?? '');
    if (!/^200 (?:ok|\w+\/\w+)$/.test(answer)) wrong.push(`${module} ${label}: ${answer}`);
  });
  t.strictSame(wrong, []);
  t.notMatch(logLines.join('\n'), /Internal error/);
});

t.test('a name that is an alias of nothing has no address', async (t) => {
  const dns = await startScriptedDns(t, answerTo);
  const { ask } = await startProbeService(t, MODULES, { dnsServers: [dns.target] });
  for (const [module, targetOf] of Object.entries(TARGETS)) {
    const verdict = module === 'http_ip4' ? 'dns_no_suitable_address' : 'dns_no_such_host';
    t.equal(await ask(module, targetOf('alias.test')), `200 resolve/${verdict}`, module);
  }
});
