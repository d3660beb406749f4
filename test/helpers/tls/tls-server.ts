import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Identity } from './certificates.js';

/** A TLS server that greets whoever gets through its handshake. */
export interface TlsServer {
  readonly port: number;
  /** The server names that clients sent; false where they sent none. */
  readonly names: readonly (string | false)[];
  /** Presents something else from now on. */
  readonly present: (identity: Identity, others?: readonly Identity[]) => void;
  readonly close: () => Promise<void>;
}

export interface TlsServerOptions extends tls.TlsOptions {
  /** Sent after the server's own certificate, in this order. */
  readonly others?: readonly Identity[];
  /** Whether it hangs up on whoever gets through its handshake. */
  readonly hangsUp?: boolean;
}

/** Starts a TLS server on a free loopback port; whoever started it closes it. */
export async function startTlsServer(identity: Identity, options: TlsServerOptions = {}): Promise<TlsServer> {
  const names: (string | false)[] = [];
  const sockets = new Set<tls.TLSSocket>();
  const { others, hangsUp = false, ...rest } = options;
  const server = tls.createServer({ ...rest, ...credentials(identity, others) }, (socket) => {
    names.push(socket.servername ?? false);
    sockets.add(socket);
    // A client that goes without a word is what these tests are made of.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    // Not in this turn: the last of its handshake has yet to leave, over TLS 1.2.
    if (hangsUp) setImmediate(() => socket.destroy());
    else socket.write('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    names,
    present: (next, more) => server.setSecureContext({ ...rest, ...credentials(next, more) }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function credentials({ key, cert }: Identity, others: readonly Identity[] = []): { key: string; cert: string } {
  return { key, cert: cert + others.map((each) => each.cert).join('') };
}
