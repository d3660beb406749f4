import type { Socket } from 'node:net';
import type { SocketReader } from '../../net/socket-reader.js';
import { proxyDialogue, proxyRefused, readOn } from './http-proxy-dialogue.js';
import { endOfHead, MalformedResponse, parseHead } from './http1-head.js';

export interface TunnelOptions {
  /** host:port to be reached, IPv6 in brackets. */
  readonly authority: string;
  /** Sent after Host and User-Agent: Proxy-Authorization and the module's proxy_connect_header. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly signal: AbortSignal;
}

/** No proxy has more to say before a tunnel. */
const LARGEST_HEAD_BYTES = 16 * 1024;
/** What is kept of a proxy's reason phrase. */
const LONGEST_REASON = 200;
const NO_BYTES = Buffer.alloc(0);

/**
 * Asks the HTTP proxy at the other end of `socket` for a tunnel (CONNECT, RFC 9110 §9.3.6); nothing but a 200 is one, as in Go.
 * Rejects with a ProbeFailure of the phase proxy and destroys the socket then.
 */
export function openTunnel<S extends Socket>(socket: S, options: TunnelOptions): Promise<S> {
  const { authority, signal } = options;
  return proxyDialogue(socket, signal, async (reader) => {
    const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...headerLines(options.headers)];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const head = await readHead(reader);
    const { status } = parse(head);
    if (status !== 200) throw proxyRefused(reasonPhrase(head));
  });
}

function headerLines(headers: TunnelOptions['headers']): readonly string[] {
  const hasUserAgent = headers.some(([name]) => name.toLowerCase() === 'user-agent');
  // The User-Agent that upstream's client has for its own requests: it does not send the module's.
  const all = hasUserAgent ? headers : [['User-Agent', 'Go-http-client/1.1'] as const, ...headers];
  // A line break would begin another header.
  return all.map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, ' ')}`);
}

async function readHead(reader: SocketReader): Promise<Buffer> {
  let bytes: Buffer = NO_BYTES;
  for (;;) {
    const checked = Math.max(bytes.length - 3, 0);
    bytes = Buffer.concat([bytes, await readOn(reader)]);
    const end = endOfHead(bytes, checked);
    if (end !== -1) {
      reader.unread(bytes.subarray(end));
      return bytes.subarray(0, end);
    }
    if (bytes.length > LARGEST_HEAD_BYTES) {
      throw proxyRefused(`the proxy's answer has a head of more than ${LARGEST_HEAD_BYTES} bytes`);
    }
  }
}

function parse(head: Buffer): { readonly status: number } {
  try {
    return parseHead(head);
  } catch (error) {
    if (!(error instanceof MalformedResponse)) throw error;
    throw proxyRefused(error.message);
  }
}

/** What follows the status code: all that upstream shows. */
function reasonPhrase(head: Buffer): string {
  const [line = ''] = head.toString('utf8').split(/\r?\n/, 1);
  const [, phrase = 'unknown status code'] = /^\S+ +\d+ (.*)$/.exec(line) ?? [];
  return phrase.slice(0, LONGEST_REASON);
}
