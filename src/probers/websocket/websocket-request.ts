import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { HeadReader, type ResponseHead } from '../../net/http1/head-reader.js';
import { isHeaderValue, isToken } from '../../net/http1/http-headers.js';
import { SocketReader } from '../../net/socket-reader.js';
import type { HeaderLine } from './websocket-options.js';

/** A header that cannot be sent. */
export class UnsendableHeader extends Error {
  override readonly name = 'UnsendableHeader';
}

/** The answer to a request for an upgrade. */
export interface WebsocketAnswer {
  readonly head: ResponseHead;
  /**
   * Whether the server has proved that it speaks the WebSocket protocol (RFC 6455 §4.1): undefined if so, else what it
   * lacks.
   */
  readonly problem: string | undefined;
  /** Bytes after the head. */
  readonly rest: Buffer;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** How a server proves that it has understood a key (RFC 6455 §4.2.2). */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64');
}

/**
 * Asks for the change of protocol and reads the answer's head, interim ones passed over, as leniently as those of HTTP
 * targets.
 */
export async function requestUpgrade(
  socket: Socket,
  url: URL,
  { headers, signal }: { readonly headers: readonly HeaderLine[]; readonly signal: AbortSignal },
): Promise<WebsocketAnswer> {
  const key = randomBytes(16).toString('base64');
  const request = requestText(url, key, headers);
  const reader = new SocketReader(socket, signal);
  socket.write(request);
  const head = await readFinalHead(reader);
  return { head, problem: problemOf(head, key, headers), rest: reader.release() };
}

async function readFinalHead(reader: SocketReader): Promise<ResponseHead> {
  const heads = new HeadReader(reader);
  for (;;) {
    const head = await heads.read();
    if (head.status < 100 || head.status > 199 || head.status === 101) return head;
  }
}

/** A module's own Host takes the place of the URL's. */
function requestText(url: URL, key: string, headers: readonly HeaderLine[]): string {
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? url.host;
  const lines: HeaderLine[] = [
    ['Host', host],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', '13'],
    ...headers.filter(([name]) => name.toLowerCase() !== 'host'),
  ];
  for (const [name, value] of lines) {
    if (!isToken(name) || !isHeaderValue(value)) throw new UnsendableHeader(`invalid header field ${name}`);
  }
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${text}\r\n`;
}

function problemOf({ status, headers }: ResponseHead, key: string, asked: readonly HeaderLine[]): string | undefined {
  if (status !== 101) return `status ${status}`;
  if (headers.get('Upgrade')?.some((value) => value.toLowerCase() === 'websocket') !== true) {
    return 'Invalid Upgrade header';
  }
  if (!hasToken(headers.get('Connection'), 'upgrade')) return 'Invalid Connection header';
  if (headers.get('Sec-Websocket-Accept')?.[0] !== acceptOf(key)) return 'Invalid Sec-WebSocket-Accept header';
  if (headers.has('Sec-Websocket-Extensions')) {
    return 'Server sent a Sec-WebSocket-Extensions header but no extension was requested';
  }
  const protocols = headers.get('Sec-Websocket-Protocol') ?? [];
  if (!protocols.every((protocol) => isAskedProtocol(protocol, asked))) {
    return 'Server chose a subprotocol that was not requested';
  }
  return undefined;
}

/** Whether the headers of a request offer a subprotocol. */
function isAskedProtocol(protocol: string, asked: readonly HeaderLine[]): boolean {
  return asked.some(
    ([name, value]) =>
      name.toLowerCase() === 'sec-websocket-protocol' && value.split(',').some((word) => word.trim() === protocol),
  );
}

/** Whether one of the comma-separated words of a header's values is `token`, in any letter case. */
function hasToken(values: readonly string[] | undefined, token: string): boolean {
  return values?.some((value) => value.split(',').some((word) => word.trim().toLowerCase() === token)) === true;
}
