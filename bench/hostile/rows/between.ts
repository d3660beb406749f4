import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { TargetRow } from '../hostile-row.js';
import { flood, listenTcp } from '../tcp-target.js';

const MIB = 1024 * 1024;
const OK = 'HTTP/1.1 200 OK\r\n';
const JSON_HEAD = `${OK}Content-Type: application/json\r\n\r\n`;
const FORM_HEAD = `${OK}Content-Type: application/x-www-form-urlencoded\r\n\r\n`;

const REFUSED_HEAD = 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n';
/** Longer ones are refused before they are parsed. */
const LARGEST_TOKEN_ANSWER = 128 * 1024 - 1024;

type Script = (socket: Socket) => void;

/** What is sent once something was asked. */
function answer(start: string | Buffer, endless?: string): Script {
  return (socket) => {
    socket.once('data', () => {
      if (endless === undefined) {
        socket.end(Buffer.from(start));
        return;
      }
      socket.write(start);
      flood(socket, Buffer.from(endless, 'latin1'));
    });
  };
}

function fill(unit: string, bytes = MIB - 1024): string {
  return unit.repeat(Math.floor(bytes / unit.length));
}

/** Members of an object, each with a name of its own. */
function names(bytes: number): string {
  const members: string[] = [];
  for (let length = 0; length < bytes - 20; length += (members.at(-1)?.length ?? 0) + 1)
    members.push(`"${members.length.toString(36)}":0`);
  return members.join(',');
}

/** Says an octet each millisecond, and then the same again. */
function trickle(text: string): Script {
  return (socket) => {
    let at = 0;
    const timer = setInterval(() => {
      socket.write(text.charAt(at++ % text.length), 'latin1');
    }, 1);
    socket.on('close', () => {
      clearInterval(timer);
    });
  };
}

/** Ends before it was asked anything. */
function hangUp(socket: Socket): void {
  socket.end();
}

const TOKENS: readonly (readonly [name: string, script: Script])[] = [
  ['an endless head', answer(OK, 'a: b\r\n')],
  ['endless interim answers', answer('', 'HTTP/1.1 100 Continue\r\n\r\n')],
  ['an endless body', answer(JSON_HEAD, 'x')],
  ['levels of JSON', answer(JSON_HEAD + fill('['))],
  ['lists of JSON', answer(`${JSON_HEAD}[${fill('{},')}{}]`)],
  ['levels of JSON within 128 KiB', answer(JSON_HEAD + fill('[', LARGEST_TOKEN_ANSWER))],
  ['names of JSON within 128 KiB', answer(`${JSON_HEAD}{${names(LARGEST_TOKEN_ANSWER)}}`)],
  ['pairs of a form within 128 KiB', answer(FORM_HEAD + fill('a&', LARGEST_TOKEN_ANSWER))],
  ['a refusal that is the secret again and again', answer(REFUSED_HEAD + fill('b', LARGEST_TOKEN_ANSWER))],
  ['one text', answer(`${JSON_HEAD}{"access_token":"${fill('é')}"}`)],
  ['one text of escapes', answer(`${JSON_HEAD}{"access_token":"${fill('\\u0001')}"}`)],
  ['pairs of a form', answer(FORM_HEAD + fill('a=b&'))],
  ['escapes of a form', answer(`${FORM_HEAD}access_token=${fill('%01')}`)],
  [
    'a gzip bomb',
    answer(Buffer.concat([Buffer.from(`${OK}Content-Encoding: gzip\r\n\r\n`), gzipSync(Buffer.alloc(256 * MIB))])),
  ],
  [
    'an error of 1 MiB',
    answer(
      `HTTP/1.1 400 ${'\x01'.repeat(1000)}\r\nContent-Type: application/json\r\n\r\n{"error":"${fill('\\u0007')}"}`,
    ),
  ],
];

const SLOW_TOKENS: typeof TOKENS = [
  ['redirects without end', answer('HTTP/1.1 307 Temporary Redirect\r\nLocation: /token\r\nContent-Length: 0\r\n\r\n')],
  ['a trickle', trickle(`${JSON_HEAD}${fill(' ', 60_000)}`)],
  ['an end at once', hangUp],
];

const TUNNELS: readonly (readonly [name: string, script: Script])[] = [
  ['an endless head', answer(OK, 'a: b\r\n')],
  ['an endless line', answer(OK, 'a')],
  ['endless interim answers', answer('', 'HTTP/1.1 100 Continue\r\n\r\n')],
  ['a status line of 1 MiB', answer(`HTTP/1.1 407 ${fill('\x01')}\r\n\r\n`)],
  ['a field of 1 MiB', answer(`${OK}a: ${fill('é')}\r\n\r\n`, '\x16\x03\x03\x00\x00')],
  ['garbage in place of TLS', answer(`${OK}\r\n`, '\x16\x03\x03\x40\x00')],
  ['a trickle', trickle(`${OK}${fill('a: b\r\n', 60_000)}`)],
  ['an end at once', hangUp],
  ['a demand for a login without end', answer('', 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="a"\r\n\r\n')],
  ['garbage', answer('', '\xff\x00\n')],
];

const SOCKS: readonly (readonly [name: string, script: Script])[] = [
  ['zeros', answer('', '\0')],
  ['methods without end', answer('', '\x05\x00')],
  ['a trickle', trickle('\x05\x00')],
  ['an end at once', hangUp],
  ['a login and an oversized answer to it', answer('\x05\x02', '\x01\x00')],
  ['HTTP', answer(`${OK}\r\n`)],
  ['garbage', answer('', '\xff')],
  ['a name of 255 octets', answer('\x05\x00\x05\x00\x00\x03\xff', 'a')],
  ['garbage in place of TLS', answer(Buffer.from([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]), '\x16\x03\x03\x40\x00')],
];

/** A server between gets the probe's first connection; the target itself is never reached. */
const TARGET = 'https://127.0.0.1:9/';

function rows(
  group: string,
  kinds: readonly (readonly [name: string, script: Script])[],
  http: (address: string) => object,
): readonly TargetRow[] {
  return kinds.map(([name, script]) => ({
    kind: 'target',
    name: `${group}: ${name}`,
    group,
    target: TARGET,
    module: (address) => ({ prober: 'http', http: http(address) }),
    start: () => listenTcp(script),
  }));
}

/** Those who stand between the probe and its target: token endpoints and proxies. */
export const BETWEEN: readonly TargetRow[] = [
  ...rows('token', [...TOKENS, ...SLOW_TOKENS], (address) => ({
    oauth2: { client_id: 'a', client_secret: 'b', token_url: `http://${address}/token` },
  })),
  ...rows('tunnel', TUNNELS, (address) => ({ proxy_url: `http://${address}` })),
  ...rows('socks', SOCKS, (address) => ({ proxy_url: `socks5://u:p@${address}` })),
];
