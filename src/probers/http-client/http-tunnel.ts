import type { Socket } from 'node:net';
import { type HeadLimits, HeadReader, type ResponseHead } from '../../net/http1/head-reader.js';
import { framingOf } from '../../net/http1/http1-body.js';
import { MalformedResponse } from '../../net/http1/malformed-response.js';
import { HeadTooLarge, NoResponse } from '../../net/http1/no-head.js';
import type { SocketReader } from '../../net/socket-reader.js';
import { proxyDialogue, proxyHungUp, proxyRefused } from './http-proxy-dialogue.js';

/** The parameters of a CONNECT request to a proxy (RFC 9110, 9.3.6). */
export interface TunnelOptions {
  /** host:port to be reached, IPv6 in brackets. */
  readonly authority: string;
  /** Sent after Host and User-Agent: Proxy-Authorization and the module's proxy_connect_header. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly signal: AbortSignal;
}

/** The largest head of a proxy's answer; no proxy has more to say before a tunnel. */
const HEAD_LIMITS: HeadLimits = { bytes: 16 * 1024, lines: 1000 };
/** The most characters that are kept of a proxy's reason phrase. */
const LONGEST_REASON = 200;

/**
 * Asks the HTTP proxy at the other end of `socket` for a tunnel (CONNECT, RFC 9110 §9.3.6); nothing but a 200 is one,
 * as in Go. Rejects with a ProbeFailure of the phase proxy and destroys the socket then.
 */
export function openTunnel<S extends Socket>(socket: S, options: TunnelOptions): Promise<S> {
  const { authority, signal } = options;
  return proxyDialogue(socket, signal, async (reader) => {
    const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...headerLines(options.headers)];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const { status, reason } = await readHead(reader);
    if (status !== 200) throw proxyRefused((reason ?? 'unknown status code').slice(0, LONGEST_REASON));
  });
}

function headerLines(headers: TunnelOptions['headers']): readonly string[] {
  const hasUserAgent = headers.some(([name]) => name.toLowerCase() === 'user-agent');
  // This is the User-Agent of Go's client: upstream does not send the module's in CONNECT.
  const all = hasUserAgent ? headers : [['User-Agent', 'Go-http-client/1.1'] as const, ...headers];
  // A line break would begin another header.
  return all.map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, ' ')}`);
}

async function readHead(reader: SocketReader): Promise<ResponseHead> {
  try {
    const head = await new HeadReader(reader, HEAD_LIMITS).read();
    // There is no body, but the fields that describe one have to be sound.
    framingOf(head, 'CONNECT');
    return head;
  } catch (error) {
    if (error instanceof NoResponse) throw proxyHungUp();
    if (error instanceof HeadTooLarge) {
      throw proxyRefused(`the proxy's answer has a head of more than ${HEAD_LIMITS.bytes} bytes`);
    }
    if (error instanceof MalformedResponse) throw proxyRefused(error.message);
    throw error;
  }
}
