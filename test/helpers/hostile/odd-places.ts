import type { Socket } from 'node:net';
import type { Test } from 'tap';
import { uint16, wireRecord, wireReply, wireString } from '../servers/dns-bytes.js';
import { startDohServer } from '../servers/doh-server.js';
import { data, goAway, headers, type RawField, settings } from '../servers/http2-frames.js';
import { startFrameServer } from '../servers/http2-server.js';
import { startScriptedDns } from '../servers/scripted-dns.js';
import { socketFolder } from '../servers/socket-folder.js';
import { startStreamServer } from '../servers/stream-server.js';
import { startWebsocketServer } from '../servers/websocket-server.js';
import { names } from '../tls/certificate-extensions.js';
import { make, type Wish } from '../tls/certificate-writer.js';
import { sharedIdentities } from '../tls/certificates.js';
import { dn, T61 } from '../tls/der-names.js';
import { startTlsServer } from '../tls/tls-server.js';

/** A module and a target that says the text. */
export interface OddPlace {
  readonly module: Readonly<Record<string, unknown>>;
  readonly target: string;
}

export type StartOddPlace = (t: Test, text: Buffer) => Promise<OddPlace>;

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Says `parts` once something was asked, and hangs up. */
const saying =
  (...parts: readonly (Buffer | string)[]) =>
  (socket: Socket): void => {
    socket.once('data', () => socket.end(Buffer.concat(parts.map((part) => Buffer.from(part)))));
  };

type Module = Readonly<Record<string, unknown>>;

const http =
  (answer: (text: Buffer) => readonly (Buffer | string)[], options: Module = {}): StartOddPlace =>
  async (t, text) => {
    const { target } = await startStreamServer(t, saying(...answer(text)));
    return { module: { prober: 'http', http: options }, target: `http://${target}/` };
  };

const HEAD = 'HTTP/1.1 200 OK\r\n';
const NOT_FOUND = { fail_if_header_not_matches: [{ header: 'X-A', regexp: 'never' }] };

const http2 =
  (frames: (text: string) => readonly Buffer[], options: Module = {}): StartOddPlace =>
  async (t, text) => {
    const { localhost } = await sharedIdentities();
    const answer = Buffer.concat([settings, ...frames(text.toString('latin1'))]);
    const { port } = await startFrameServer(t, (socket) => void socket.write(answer), localhost);
    const module = { prober: 'http', http: { tls_config: { insecure_skip_verify: true }, ...options } };
    return { module, target: `https://127.0.0.1:${port}/` };
  };

const grpc =
  (frames: (text: string) => readonly Buffer[]): StartOddPlace =>
  async (t, text) => {
    const answer = Buffer.concat([settings, ...frames(text.toString('latin1'))]);
    const { port } = await startFrameServer(t, (socket) => void socket.write(answer));
    return { module: { prober: 'grpc', grpc: {} }, target: `127.0.0.1:${port}` };
  };

const GRPC: readonly RawField[] = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];

const stream =
  (prober: 'tcp' | 'unix', step: Module): StartOddPlace =>
  async (t, text) => {
    const at = prober === 'unix' ? { path: `${socketFolder(t)}/s` } : { host: '127.0.0.1' };
    const { target } = await startStreamServer(t, (socket) => socket.end(Buffer.concat([text, latin1('\r\n')])), at);
    return { module: { prober, [prober]: { query_response: [step] } }, target };
  };

const NEVER = { expect: '^never' };
const CAPTURE = { expect: '^(?s:(.*))$', labels: [{ name: 'line', value: 'a ${1}' }] };

/** OpenSSL takes no more of a handshake than 100 KiB. */
const CERTIFICATE_BYTES = 64 * 1024;

const certificate =
  (wish: (text: Buffer) => Wish, options: Module = {}): StartOddPlace =>
  async (t, text) => {
    const made = make({ key: 'ec-leaf', ...wish(text.subarray(0, CERTIFICATE_BYTES)) });
    const { port, close } = await startTlsServer(made, { hangsUp: true });
    t.teardown(close);
    return { module: { prober: 'tcp', tcp: { tls: true, tls_config: options } }, target: `127.0.0.1:${port}` };
  };

const UNVERIFIED = { insecure_skip_verify: true };

/** What fits into one reply, and into a datagram of it. */
const DNS_BYTES = { tcp: 60_000, udp: 8000, tls: 60_000 } as const;

/** A TXT record and a name of labels, each in pieces of what fits. */
function dnsReply(query: Buffer, text: Buffer): Buffer {
  const pieces = (bytes: number, most = text.length): string[] => {
    const all: string[] = [];
    for (let at = 0; at < most; at += bytes) all.push(text.subarray(at, at + bytes).toString('latin1'));
    return all;
  };
  const texts = Buffer.concat(pieces(255).map(wireString));
  const name = Buffer.concat([...pieces(63, Math.min(text.length, 180)).map(wireString), Buffer.of(0)]);
  return wireReply(query, {
    answer: [
      wireRecord({ type: 16, rdata: texts }),
      wireRecord({ type: 5, rdata: name }),
      wireRecord({ owner: name, type: 15, rdata: Buffer.concat([uint16(1), name]) }),
    ],
  });
}

const DNS_CHECK = { query_name: 'x.test', validate_answer_rrs: { fail_if_not_matches_regexp: ['never'] } };

const dns =
  (transport: 'udp' | 'tcp' | 'tls'): StartOddPlace =>
  async (t, text) => {
    const { localhost } = await sharedIdentities();
    const cut = text.subarray(0, DNS_BYTES[transport]);
    const isTls = transport === 'tls';
    const server = await startScriptedDns(t, (query) => [dnsReply(query, cut)], isTls ? { tls: localhost } : {});
    const tls = isTls ? { dns_over_tls: true, tls_config: UNVERIFIED } : {};
    const protocol = transport === 'udp' ? 'udp' : 'tcp';
    return {
      module: { prober: 'dns', dns: { ...DNS_CHECK, transport_protocol: protocol, ...tls } },
      target: server.target,
    };
  };

const dnsOverHttps =
  (reply: (query: Buffer, text: Buffer) => Buffer): StartOddPlace =>
  async (t, text) => {
    const { localhost } = await sharedIdentities();
    const { target } = await startDohServer(t, localhost, ({ query }) => ({
      body: reply(query, text.subarray(0, 60_000)),
    }));
    return {
      module: { prober: 'dns', dns: { ...DNS_CHECK, transport_protocol: 'https', tls_config: UNVERIFIED } },
      target,
    };
  };

/** A frame of one message that is whole (RFC 6455, 5.2). */
function websocketFrame(opcode: number, payload: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(payload.length));
  const head =
    payload.length < 126 ? Buffer.of(0x80 | opcode, payload.length) : Buffer.from([0x80 | opcode, 127, ...length]);
  return Buffer.concat([head, payload]);
}

const websocket =
  (frame: (text: Buffer) => Buffer, step: Module = NEVER): StartOddPlace =>
  async (t, text) => {
    const { target } = await startWebsocketServer(t, (_socket, request) => void request.socket.write(frame(text)));
    return { module: { prober: 'websocket', websocket: { query_response: [step] } }, target };
  };

const closeFrame = (text: Buffer): Buffer => websocketFrame(8, Buffer.concat([uint16(1008), text.subarray(0, 123)]));

/** Servers that are asked on the way to a target that is never reached. */
const between =
  (options: (address: string) => Module, answer: (text: Buffer) => readonly (Buffer | string)[]): StartOddPlace =>
  async (t, text) => {
    const { target } = await startStreamServer(t, saying(...answer(text)));
    return { module: { prober: 'http', http: options(target) }, target: 'https://127.0.0.1:9/' };
  };

const token = (address: string): Module => ({
  oauth2: { client_id: 'a', client_secret: 'b', token_url: `http://${address}/` },
});
const proxy = (address: string): Module => ({ proxy_url: `http://${address}` });
const JSON_HEAD = 'Content-Type: application/json\r\n\r\n';
const BAD = 'HTTP/1.1 400 Bad\r\n';
/** Text within JSON; what JSON does not allow stays as it is. */
const inJson = (text: Buffer): Buffer => latin1(text.toString('latin1').replaceAll(/["\\]/g, String.raw`\$&`));

/**
 * Every place where a target, or who stands between, may put a text that comes back in metrics, errors, logs or pages.
 */
export const ODD_PLACES: Readonly<Record<string, StartOddPlace>> = {
  'http: the status line': http((text) => ['HTTP/1.1 200 ', text, '\r\n\r\n']),
  'http: the whole answer': http((text) => [text, '\r\n\r\n']),
  'http: a status': http((text) => ['HTTP/1.1 ', text, '\r\n\r\n']),
  'http: the name of a field': http((text) => [HEAD, text, ': x\r\n\r\n']),
  'http: a field': http((text) => [HEAD, 'X-A: ', text, '\r\n\r\n'], NOT_FOUND),
  'http: the name of a cookie': http((text) => [HEAD, 'Set-Cookie: ', text, '=x\r\n\r\n']),
  'http: Content-Length': http((text) => [HEAD, 'Content-Length: ', text, '\r\n\r\n']),
  'http: Transfer-Encoding': http((text) => [HEAD, 'Transfer-Encoding: ', text, '\r\n\r\n']),
  'http: Content-Encoding': http((text) => [HEAD, 'Content-Encoding: ', text, '\r\n\r\nx'], { compression: 'gzip' }),
  'http: Last-Modified': http((text) => [HEAD, 'Last-Modified: ', text, '\r\n\r\n']),
  'http: Location': http((text) => ['HTTP/1.1 302 Found\r\nLocation: ', text, '\r\n\r\n']),
  'http: the host of a Location': http((text) => ['HTTP/1.1 302 Found\r\nLocation: http://', text, '/\r\n\r\n']),
  'http: a chunk': http((text) => [HEAD, 'Transfer-Encoding: chunked\r\n\r\n', text, '\r\n']),
  'http: a body': http((text) => [HEAD, '\r\n', text], { fail_if_body_not_matches_regexp: ['never'] }),
  'http: JSON': http((text) => [HEAD, '\r\n{"a":"', inJson(text), '"}'], {
    fail_if_body_json_not_matches_cel: 'body.b == 1',
  }),
  'http2: a field': http2(
    (text) => [
      headers(
        [
          [':status', '200'],
          ['x-a', text],
        ],
        'end',
      ),
    ],
    NOT_FOUND,
  ),
  'http2: the name of a field': http2((text) => [
    headers(
      [
        [':status', '200'],
        [text, 'x'],
      ],
      'end',
    ),
  ]),
  'http2: a status': http2((text) => [headers([[':status', text]], 'end')]),
  'http2: a location': http2((text) => [
    headers(
      [
        [':status', '302'],
        ['location', text],
      ],
      'end',
    ),
  ]),
  'http2: a farewell': http2((text) => [goAway(2, 0, text.slice(0, 16_000))]),
  'tcp: a line': stream('tcp', NEVER),
  'tcp: a line that is refused': stream('tcp', { ...NEVER, reject: '.' }),
  'tcp: a label': stream('tcp', CAPTURE),
  'unix: a line': stream('unix', NEVER),
  'unix: a label': stream('unix', CAPTURE),
  'certificate: the subject': certificate((text) => ({
    subject: dn(['CN', text, T61], ['O', text.subarray(0, 1000), T61]),
  })),
  'certificate: the subject, unverified': certificate((text) => ({ subject: dn(['CN', text, T61]) }), UNVERIFIED),
  'certificate: the issuer': certificate((text) => ({ issuer: dn(['CN', text, T61]) }), UNVERIFIED),
  'certificate: a name': certificate((text) => ({ extensions: [names(['dns', text])] })),
  'certificate: names, unverified': certificate(
    (text) => ({
      extensions: [names(['dns', text.subarray(0, 9000)], ['uri', text.subarray(0, 9000)], ['mail', text])],
    }),
    UNVERIFIED,
  ),
  'dns: over UDP': dns('udp'),
  'dns: over TCP': dns('tcp'),
  'dns: over TLS': dns('tls'),
  'dns: over HTTPS': dnsOverHttps(dnsReply),
  'dns: the body over HTTPS': dnsOverHttps((_query, text) => text),
  'grpc: a message': grpc((text) => [headers([...GRPC, ['grpc-status', '14'], ['grpc-message', text]], 'end')]),
  'grpc: a status': grpc((text) => [headers([...GRPC, ['grpc-status', text]], 'end')]),
  'grpc: a content type': grpc((text) => [
    headers(
      [
        [':status', '503'],
        ['content-type', text],
      ],
      'end',
    ),
  ]),
  'grpc: an answer': grpc((text) => [headers(GRPC, 'more'), data(text.slice(0, 16_000), 'end')]),
  'grpc: a farewell': grpc((text) => [goAway(11, 0, text.slice(0, 16_000))]),
  'websocket: a message': websocket((text) => websocketFrame(1, text)),
  'websocket: a binary message': websocket((text) => websocketFrame(2, text), CAPTURE),
  'websocket: the reason of a farewell': websocket(closeFrame),
  'websocket: another answer': async (t, text) => {
    const { target } = await startStreamServer(
      t,
      saying('HTTP/1.1 400 ', text, '\r\nUpgrade: ', text.subarray(0, 1000), '\r\n\r\n'),
    );
    return { module: { prober: 'websocket', websocket: {} }, target: `ws://${target}/` };
  },
  'token: an error': between(token, (text) => [
    BAD,
    JSON_HEAD,
    '{"error":"',
    inJson(text),
    '","error_description":"',
    inJson(text),
    '"}',
  ]),
  'token: a status line': between(token, (text) => ['HTTP/1.1 400 ', text, '\r\n\r\n']),
  'token: the token': between(token, (text) => [HEAD, JSON_HEAD, '{"access_token":"', inJson(text), '"}']),
  'proxy: a status line': between(proxy, (text) => ['HTTP/1.1 407 ', text, '\r\n\r\n']),
  'proxy: a field': between(proxy, (text) => [BAD, 'X-A: ', text, '\r\n\r\n']),
  'proxy: the whole answer': between(proxy, (text) => [text, '\r\n\r\n']),
  'proxy: SOCKS': between(
    (address) => ({ proxy_url: `socks5://${address}` }),
    (text) => [text],
  ),
};
