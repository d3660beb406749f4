import type net from 'node:net';
import tls from 'node:tls';
import { connectTcp } from '../../../src/net/connect.js';
import { PresentedChains } from '../../../src/net/tls/presented-chain.js';
import { shakeHands, type Shaken } from '../../../src/net/tls/tls-handshake.js';
import { systemClock } from '../../../src/values/clock.js';
import { ASKED } from '../services/asked.js';

export type ShakenWish = tls.SecureContextOptions & {
  /** Where to shake hands: a port of 127.0.0.1, or a connection. */
  readonly at: number | net.Socket;
  /** Where the server's chain is remembered. */
  readonly chains?: PresentedChains;
};

/**
 * Shakes hands without a verdict; the caller owns the connection. Rejects with the handshake's error, with what was
 * seen by then as its cause.
 */
export async function shaken({ at, chains = new PresentedChains(), ...options }: ShakenWish): Promise<Shaken> {
  const { signal } = new AbortController();
  const socket =
    typeof at === 'number' ? await connectTcp({ asked: ASKED, address: '127.0.0.1', port: at, signal }) : at;
  const context = tls.createSecureContext(options);
  const raw = {
    context,
    serverName: 'localhost',
    alpn: undefined,
    signal,
    clock: systemClock,
    watchesRecords: false,
    chains,
  };
  const connection = await shakeHands(
    { ...raw, socket },
    (failed, error) => new Error(error.message, { cause: failed.flight }),
  );
  // What comes after the handshake is of no interest.
  connection.socket.on('error', () => connection.socket.destroy());
  return connection;
}
