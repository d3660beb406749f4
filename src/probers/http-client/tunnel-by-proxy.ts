import type { Socket } from 'node:net';
import { joinHostPort } from '../../net/host-port.js';
import type { Proxy } from './http-proxy.js';
import { openSocksTunnel } from './http-socks.js';
import { openTunnel } from './http-tunnel.js';

/** The destination of a tunnel, and the request to its proxy. */
export interface Tunnel {
  readonly proxy: Proxy;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Further headers of CONNECT (`proxy_connect_header`). */
  readonly connectHeaders: readonly (readonly [name: string, value: string])[];
  readonly signal: AbortSignal;
}

/**
 * Asks a proxy for a tunnel, by SOCKS5 or CONNECT, over a connection to it. Resolves with the connection, which leads
 * to the host from then on. Rejects as openSocksTunnel and openTunnel do.
 */
export function tunnelByProxy(socket: Socket, { proxy, host, port, connectHeaders, signal }: Tunnel): Promise<Socket> {
  const { scheme, userinfo, authorization } = proxy;
  if (scheme === 'socks5') return openSocksTunnel(socket, { host, port, ...(userinfo && { userinfo }), signal });
  const credentials = authorization === undefined ? [] : [['Proxy-Authorization', authorization.reveal()] as const];
  return openTunnel(socket, {
    authority: joinHostPort(host, port),
    headers: [...credentials, ...connectHeaders],
    signal,
  });
}
