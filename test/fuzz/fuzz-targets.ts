import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import dnsPacket from 'dns-packet';
import { parseYaml } from '../../src/config/yaml/parse-yaml.js';
import { readFields, readFraming } from '../../src/http/heads/head-fields.js';
import { readHead } from '../../src/http/heads/read-head.js';
import { parseQuery } from '../../src/http/routes/query-parameters.js';
import { readRequestPath } from '../../src/http/routes/request-path.js';
import type { MetricFamily } from '../../src/metrics/metric-family.js';
import { ProtobufParseError } from '../../src/metrics/protobuf/protobuf-reader.js';
import {
  InconsistentFamilyError,
  readDelimitedProtobuf,
  readDelimitedProtobufInPlace,
} from '../../src/metrics/protobuf/read-protobuf.js';
import type { HeldFamily } from '../../src/metrics/series-list.js';
import { parseText, parseTextInPlace } from '../../src/metrics/text/parse-text.js';
import { TextParseError } from '../../src/metrics/text/text-parse-error.js';
import { WireError } from '../../src/net/dns/dns-format.js';
import { encodeQuery } from '../../src/net/dns/dns-query.js';
import { splitHostPort } from '../../src/net/host-port.js';
import { HeaderFields } from '../../src/net/http1/header-fields.js';
import { ChunkDecoder } from '../../src/net/http1/http1-chunks.js';
import { MalformedResponse } from '../../src/net/http1/malformed-response.js';
import { HeadTooLarge } from '../../src/net/http1/no-head.js';
import { FrameReader } from '../../src/net/http2/frame-reader.js';
import { HpackDecoder } from '../../src/net/http2/hpack-decoder.js';
import { HpackError } from '../../src/net/http2/hpack-reader.js';
import { Http2Error } from '../../src/net/http2/http2-error.js';
import { parseHosts } from '../../src/net/resolve/hosts-file.js';
import { readNameAnswer } from '../../src/net/resolve/name-answer.js';
import { parseResolvConf } from '../../src/net/resolve/resolv-conf.js';
import type { SocketReader } from '../../src/net/socket-reader.js';
import { ChainRefused, passClientCertificates } from '../../src/net/tls/certificate-gate.js';
import { certificatesInFlight } from '../../src/net/tls/certificate-message.js';
import { FlightLimitError } from '../../src/net/tls/handshake-messages.js';
import { PeerFlight } from '../../src/net/tls/peer-flight.js';
import { PresentedChains } from '../../src/net/tls/presented-chain.js';
import { readCertificate } from '../../src/net/x509/certificate.js';
import { DerError } from '../../src/net/x509/der-reader.js';
import { decodeMessage as decodeBusMessage } from '../../src/node/bus/bus-message.js';
import { BusFormatError } from '../../src/node/bus/bus-values.js';
import { decodeNtpAnswer, isNtpAnswer } from '../../src/node/collectors/ntp-packet.js';
import { ProbeFailure } from '../../src/probe/failure.js';
import { parseAddressBlock } from '../../src/probe/policy/address-block.js';
import { decodeMessage } from '../../src/probers/dns/dns-message.js';
import { decodeHealthResponse } from '../../src/probers/grpc/health-message.js';
import { parseHttpDate } from '../../src/probers/http/last-modified.js';
import { parseEchoReply, parseQuotedRequest } from '../../src/probers/icmp/icmp-packet.js';
import { readGreeting } from '../../src/probers/mysql/mysql-greeting.js';
import { readError } from '../../src/probers/mysql/mysql-packets.js';
import { parseStubStatus } from '../../src/probers/nginx/stub-status.js';
import { RespEnd, RespReader, RespSyntax, RespTooLarge } from '../../src/probers/redis/resp-reader.js';
import { ImportError, readPushgatewayFile } from '../../src/push/import/pushgateway-file.js';
import { decodeTarget } from '../../src/services/prober/decode-target.js';
import { parseIpAddress } from '../../src/values/address/ip-address.js';
import { parseByteSize } from '../../src/values/byte-size.js';
import { CelParseError, compileCel } from '../../src/values/cel/cel-program.js';
import { decodeSnappyStream } from '../../src/values/codec/snappy-stream.js';
import { parseGoDuration } from '../../src/values/duration.js';
import { parseGoFloat, parseGoUint } from '../../src/values/go/go-number.js';
import { compileGoRegexp } from '../../src/values/go/go-regexp.js';
import { parseAuthority, splitGoUrl, UrlError } from '../../src/values/go/go-url.js';
import { atOnce } from '../../src/values/in-slices.js';
import { DIALOGUE_TARGETS } from './dialogue-targets.js';
import type { FuzzTarget } from './fuzz-target.js';

/** Errors of these kinds, and nothing else. */
const kinds =
  (...classes: readonly (abstract new (...args: never[]) => Error)[]) =>
  (error: unknown): boolean =>
    classes.some((one) => error instanceof one);

/** An Error that somebody wrote, which has a text for the user, and none of V8's or Node's. */
const plainError = (error: unknown): boolean =>
  error instanceof Error && error.constructor === Error && !('code' in error);

const never = (): boolean => false;
const text = (bytes: Buffer): string => bytes.toString('utf8');
const fixture = (name: string): Buffer => readFileSync(new URL(`../../../test/fixtures/${name}`, import.meta.url));

/** What stays in a body must be what is read of it; an Error of our own where it is not. */
const sameAgain = (families: readonly MetricFamily[], inPlace: Generator<undefined, readonly HeldFamily[]>): void => {
  const again = atOnce(inPlace).map((family) => ({ ...family, samples: [...family.samples] }));
  if (!isDeepStrictEqual(again, families)) throw new Error('what is read again is not what was read');
};

const DER = rootCertificates.slice(0, 4).map((pem) => Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64'));

const EXPOSITION = `# HELP a_total help \\\\ \\n
# TYPE a_total counter
a_total{x="1",y="\\"\\n"} 3 1700000000000
# TYPE h histogram
h_bucket{le="0.5"} 1
h_bucket{le="+Inf"} 2
h_sum 3
h_count 2
# TYPE s summary
s{quantile="0.9"} 4
s_sum 1
s_count 1
{"utf8.name",l="v"} NaN
`;

/** The query that the replies below may answer. */
const ASKED = encodeQuery({ name: Buffer.from('example.com'), type: 1, class: 1, recursionDesired: true });
const DNS_SEEDS = [
  dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'example.com' }] }),
  dnsPacket.encode({
    type: 'response',
    id: 1,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: 'A', name: 'example.com' }],
    answers: [
      { type: 'A', name: 'example.com', ttl: 60, data: '192.0.2.1' },
      { type: 'TXT', name: 'example.com', ttl: 60, data: ['a', 'b'] },
      { type: 'MX', name: 'example.com', ttl: 60, data: { preference: 10, exchange: 'mail.example.com' } },
      { type: 'CNAME', name: 'www.example.com', ttl: 60, data: 'example.com' },
      { type: 'SRV', name: '_a._tcp.example.com', ttl: 1, data: { port: 1, weight: 2, priority: 3, target: 'x.y' } },
      {
        type: 'SOA',
        name: 'example.com',
        ttl: 60,
        data: { mname: 'a.b', rname: 'c.d', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
    ],
  }),
];

const SETTINGS = Buffer.from('000006040000000000000300000064', 'hex');
const HEADERS = Buffer.from('0000010104000000018800000400000000000168656c6f', 'hex');

/** A TLS record with a ServerHello of TLS 1.2, and one with a list of certificates. */
const TLS_FLIGHT = Buffer.concat([
  Buffer.from('16030300310200002d0303', 'hex'),
  Buffer.alloc(32, 7),
  Buffer.from('00c02f000005ff01000100', 'hex'),
  certificateRecord(DER[0] ?? Buffer.alloc(0)),
]);

function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

function certificateRecord(der: Buffer): Buffer {
  const list = Buffer.concat([uint(der.length, 3), der]);
  const body = Buffer.concat([Buffer.from([11]), uint(list.length + 3, 3), uint(list.length, 3), list]);
  return Buffer.concat([Buffer.from('160303', 'hex'), uint(body.length, 2), body]);
}

/** What a connection gave, in two pieces. */
function readerOf(bytes: Buffer): SocketReader {
  const pieces = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)].filter(
    ({ length }) => length,
  );
  return { read: () => Promise.resolve(pieces.shift()) } as unknown as SocketReader;
}

/** The parsers of what a network gives. */
const WIRE: readonly FuzzTarget[] = [
  {
    name: 'http1-head',
    seeds: ['HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nC:\td\r\n', 'X-Y: z\nQ:\n', 'A: \xff\r\nB : c\r\n'],
    parse: (bytes) => {
      const fields = new HeaderFields();
      for (const line of text(bytes).split('\n')) fields.take(line);
      return fields.finish();
    },
    mayThrow: kinds(MalformedResponse, HeadTooLarge),
  },
  {
    name: 'http1-chunks',
    seeds: ['5\r\nhello\r\n0\r\n\r\n', '3;ext=1\r\nabc\r\n0\r\nT: x\r\n\r\n', 'A\r\n0123456789\r\n'],
    parse: (bytes) => {
      const decoder = new ChunkDecoder();
      const half = bytes.length >> 1;
      const taken = [decoder.take(bytes.subarray(0, half)), decoder.take(bytes.subarray(half))];
      return { taken, done: decoder.done, failed: decoder.failure?.message };
    },
    mayThrow: kinds(MalformedResponse),
  },
  {
    name: 'hpack',
    seeds: [
      '828684418cf1e3c2e5f23a6ba0ab90f4ff',
      '400a637573746f6d2d6b65790d637573746f6d2d686561646572',
      '3fe11f82',
    ].map((hex) => Buffer.from(hex, 'hex')),
    parse: (bytes) => {
      const fields: string[] = [];
      new HpackDecoder().decode(bytes, (name, value) => fields.push(`${name}: ${value}`));
      return fields;
    },
    mayThrow: kinds(HpackError),
  },
  {
    name: 'http2-frames',
    seeds: [SETTINGS, Buffer.concat([SETTINGS, HEADERS])],
    parse: (bytes) => {
      const types: number[] = [];
      new FrameReader().push(bytes, ({ type }) => types.push(type) < 1000);
      return types;
    },
    mayThrow: kinds(Http2Error),
  },
  {
    name: 'name-answer',
    seeds: DNS_SEEDS,
    parse: (bytes) => (bytes.length < ASKED.bytes.length ? undefined : readNameAnswer(bytes, ASKED, 4)),
    mayThrow: never,
  },
  { name: 'dns', seeds: DNS_SEEDS, parse: decodeMessage, mayThrow: kinds(WireError) },
  {
    name: 'tls-flight',
    seeds: [TLS_FLIGHT],
    parse: (bytes) => atOnce(certificatesInFlight(new PeerFlight('server', bytes))),
    mayThrow: kinds(FlightLimitError),
  },
  {
    name: 'client-flight',
    seeds: [TLS_FLIGHT],
    parse: (bytes) => {
      const gate = passClientCertificates(new PeerFlight('client', bytes), new PresentedChains(), () => undefined);
      let step = gate.next();
      while (step.done !== true && step.value !== bytes.length) step = gate.next();
    },
    mayThrow: kinds(FlightLimitError, DerError, ChainRefused),
  },
  { name: 'x509', seeds: DER, parse: readCertificate, mayThrow: kinds(DerError) },
  {
    name: 'resp',
    seeds: ['+OK\r\n', '$5\r\nhello\r\n', '*2\r\n:1\r\n$-1\r\n', '-ERR no\r\n', '*1\r\n*1\r\n*0\r\n'],
    parse: (bytes) => new RespReader(readerOf(bytes)).read(),
    mayThrow: kinds(RespSyntax, RespTooLarge, RespEnd),
  },
  {
    name: 'mysql-greeting',
    seeds: [
      Buffer.concat([
        Buffer.from('0a382e302e333600', 'hex'),
        Buffer.alloc(12, 1),
        Buffer.from('00ffffff0200ffff15', 'hex'),
        Buffer.alloc(10),
        Buffer.from('0102030405060708090a0b0c006d7973716c5f6e61746976655f70617373776f726400', 'hex'),
      ]),
    ],
    parse: readGreeting,
    mayThrow: kinds(ProbeFailure),
  },
  {
    name: 'mysql-error',
    seeds: [Buffer.from('ff1504233238303030416363657373', 'hex')],
    parse: readError,
    mayThrow: kinds(ProbeFailure),
  },
  {
    name: 'grpc-health',
    seeds: [Buffer.from('0801', 'hex')],
    parse: decodeHealthResponse,
    mayThrow: kinds(ProtobufParseError),
  },
  {
    name: 'icmp',
    seeds: [Buffer.from('0000f7ff00000000', 'hex'), Buffer.concat([Buffer.from('45', 'hex'), Buffer.alloc(40)])],
    parse: (bytes) =>
      [4, 6].map((family) => [
        parseEchoReply(bytes, { family: family as 4 | 6, raw: true }),
        parseQuotedRequest(bytes, family as 4 | 6),
      ]),
    mayThrow: never,
  },
  {
    name: 'dbus',
    seeds: [Buffer.from('6c02010100000000010000000f000000050175000100000008016700000000000000000000000000', 'hex')],
    parse: decodeBusMessage,
    mayThrow: kinds(BusFormatError),
  },
  {
    name: 'ntp',
    seeds: [Buffer.concat([Buffer.from('240206e8', 'hex'), Buffer.alloc(44, 3)])],
    parse: (bytes) => {
      const cookie = bytes.length >= 32 ? bytes.readBigUInt64BE(24) : 0n;
      return isNtpAnswer(bytes, cookie) ? decodeNtpAnswer(bytes, { sent: 1, received: 2 }) : 'none';
    },
    mayThrow: never,
  },
  {
    name: 'stub-status',
    seeds: ['Active connections: 1 \nserver accepts handled requests\n 1 2 3 \nReading: 0 Writing: 1 Waiting: 0 \n'],
    parse: (bytes) => parseStubStatus(text(bytes)),
    mayThrow: never,
  },
];

/** The parsers of what clients send. */
const CLIENTS: readonly FuzzTarget[] = [
  {
    name: 'request-head',
    seeds: ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'POST /x?y=%20 HTTP/1.0\r\nContent-Length: 1\r\nA: b\r\n\r\n'],
    parse: (bytes) => readHead(bytes.toString('latin1')),
    mayThrow: never,
  },
  {
    name: 'request-fields',
    seeds: ['Host: a\nTransfer-Encoding: chunked\nContent-Length: 3'],
    parse: (bytes) => {
      const fields = readFields(bytes.toString('latin1').split('\n'));
      return fields === undefined ? 'none' : readFraming(fields, 1);
    },
    mayThrow: never,
  },
  {
    name: 'query',
    seeds: ['target=http%3A%2F%2Fa&module=b', 'a=%zz&=&b'],
    parse: (bytes) => parseQuery(text(bytes)),
    mayThrow: never,
  },
  {
    name: 'request-path',
    seeds: ['/probe?a=b', '/%2e%2e/x', '*'],
    parse: (bytes) => readRequestPath(text(bytes)),
    mayThrow: never,
  },
  {
    name: 'target',
    seeds: ['https%3A%2F%2Fx', 'x%3A80/', 'http://x%253A80/'],
    parse: (bytes) => decodeTarget(text(bytes)),
    mayThrow: never,
  },
  {
    name: 'push-text',
    seeds: [EXPOSITION, 'a 1\n', 'a{b="c"} +Inf\n'],
    parse: (bytes) => sameAgain(parseText(bytes, { names: 'utf-8' }), parseTextInPlace(bytes, { names: 'utf-8' })),
    mayThrow: kinds(TextParseError),
  },
  {
    name: 'push-protobuf',
    seeds: [
      Buffer.from('170a01611202686418002 20b1a0909000000000000f03f'.replace(/ /g, ''), 'hex'),
      Buffer.from('0f0a01611800220812060a017812017a', 'hex'),
    ],
    parse: (bytes) => sameAgain(readDelimitedProtobuf(bytes), readDelimitedProtobufInPlace(bytes)),
    mayThrow: kinds(ProtobufParseError, InconsistentFamilyError),
  },
  {
    name: 'snappy',
    seeds: [fixture('repeated-line.sz'), Buffer.from('ff060000734e61507059', 'hex')],
    parse: (bytes) => decodeSnappyStream(bytes, { limitBytes: 1024 * 1024 }),
    mayThrow: (error) => error instanceof Error && (plainError(error) || error.name.startsWith('Snappy')),
  },
  { name: 'gob', seeds: [fixture('pushgateway-1.11.2.gob')], parse: readPushgatewayFile, mayThrow: kinds(ImportError) },
];

/** The parsers of what a user writes. */
const TEXTS: readonly FuzzTarget[] = [
  {
    name: 'yaml',
    seeds: ['modules:\n  a: {prober: http, timeout: 5s}\n', '- &a [1, "2"]\n- *a\n', 'a: |\n  x\nb: >-\n  y\n'],
    parse: (bytes) => parseYaml(text(bytes)),
    mayThrow: never,
  },
  {
    name: 'cel',
    seeds: ['body.a == 1 && size(body.b) > 2', '[1,2].exists(x, x > 1)', 'has(body.x) ? "a" : b"c"'],
    parse: (bytes) => compileCel(text(bytes)).then(() => 'compiled'),
    mayThrow: kinds(CelParseError),
  },
  {
    name: 'regexp',
    seeds: ['^a(b|c)*d{2,3}$', '(?i)[[:alpha:]]\\pL\\Qx\\E', '(?P<n>.)\\b'],
    parse: (bytes) => typeof compileGoRegexp(text(bytes)),
    mayThrow: (error) => error instanceof Error && /^error parsing regexp|^the pattern/.test(error.message),
  },
  {
    name: 'duration',
    seeds: ['1h2m3.5s', '-1.5µs', '0'],
    parse: (bytes) => parseGoDuration(text(bytes)),
    mayThrow: plainError,
  },
  {
    name: 'number',
    seeds: ['1e3', '0x1p-2', '-Inf', '1_000'],
    parse: (bytes) => [tried(() => parseGoFloat(text(bytes))), tried(() => parseGoUint(text(bytes)))],
    mayThrow: plainError,
  },
  {
    name: 'byte-size',
    seeds: ['1KB', '2MiB', '10'],
    parse: (bytes) => parseByteSize(text(bytes)),
    mayThrow: plainError,
  },
  {
    name: 'url',
    seeds: ['http://u:p@h:1/p?q#f', '//[fe80::1%25eth0]/', 'a:b'],
    parse: (bytes) => {
      const parts = splitGoUrl(text(bytes));
      return [parts, parseAuthority(text(bytes))];
    },
    mayThrow: kinds(UrlError),
  },
  {
    name: 'host-port',
    seeds: ['a:1', '[::1]:80', ':0'],
    parse: (bytes) => splitHostPort(text(bytes)),
    mayThrow: plainError,
  },
  {
    name: 'address',
    seeds: ['192.0.2.1', '::ffff:1.2.3.4', 'fe80::1%a'],
    parse: (bytes) => parseIpAddress(text(bytes)),
    mayThrow: never,
  },
  {
    name: 'address-block',
    seeds: ['10.0.0.0/8', '::/0', 'loopback'],
    parse: (bytes) => parseAddressBlock(text(bytes)),
    mayThrow: plainError,
  },
  {
    name: 'http-date',
    seeds: ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    parse: (bytes) => parseHttpDate(text(bytes)),
    mayThrow: never,
  },
  {
    name: 'hosts',
    seeds: ['127.0.0.1 localhost a\n::1 b # c\n'],
    parse: (bytes) => {
      const hosts = atOnce(parseHosts(text(bytes)));
      return [['localhost', 'a', 'b'].map((name) => hosts.get(name)), parseResolvConf(text(bytes), 'host')];
    },
    mayThrow: never,
  },
];

function tried(parse: () => number): number | string {
  try {
    return parse();
  } catch (error) {
    if (plainError(error)) return 'none';
    throw error;
  }
}

/** Everything that parses foreign bytes and stands alone. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [...WIRE, ...CLIENTS, ...TEXTS, ...DIALOGUE_TARGETS];
