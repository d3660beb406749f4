import type { Socket } from 'node:net';

export interface TunnelOptions {
  /** host:port to be reached, IPv6 in brackets. */
  readonly authority: string;
  /** Sent after Host and User-Agent: Proxy-Authorization and the module's proxy_connect_header. */
  readonly headers: readonly (readonly [string, string])[];
  readonly signal: AbortSignal;
}

/** Asks the proxy at the other end of `socket` for a tunnel (HTTP CONNECT); rejects with a ProbeFailure of the phase proxy and destroys the socket then. */
export function openTunnel(_socket: Socket, _options: TunnelOptions): Promise<Socket> {
  return Promise.reject(new Error('not built yet'));
}
