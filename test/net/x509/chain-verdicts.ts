import { connectTcp } from '../../../src/net/connect.js';
import { compileTlsConfig, TlsHandshakeError } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { systemClock } from '../../../src/values/clock.js';
import { ASKED } from '../../helpers/services/asked.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';
import type { ChainCase } from './chain-case.js';
import { formCases } from './form-cases.js';
import { pathCases } from './path-cases.js';
import { ruleCases } from './rule-cases.js';

/** Every chain that both programs judge, each title once. */
export function chainCases(): readonly ChainCase[] {
  const all = [...pathCases(), ...ruleCases(), ...formCases()];
  const twice = all.map(({ title }) => title).filter((title, index, titles) => titles.indexOf(title) !== index);
  if (twice.length > 0) throw new Error(`Titles that stand twice: ${twice.join(', ')}`);
  return all;
}

/** A server with these options also presents weak keys and signatures. */
export const WEAK_TOO = { ciphers: 'DEFAULT:@SECLEVEL=0' } as const;

/** What is trusted, as PEM. */
export function trustedPem({ ca }: ChainCase): string {
  return ca.map(({ cert }) => cert).join('');
}

/** What Sonde says of the server at this port: the error, or the end of the last chain that verified. */
export async function ownVerdict(each: ChainCase, port: number): Promise<string> {
  const signal = new AbortController().signal;
  // A new one each time, so that nothing is known of the chain before.
  const platform = createTlsPlatform({ clock: systemClock, certFile: '/nonexistent', certDir: '/nonexistent' });
  const client = compileTlsConfig(rawTlsConfig({ ca: trustedPem(each) }), platform);
  const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port, signal });
  try {
    const connection = await client.handshake(socket, { serverName: each.serverName ?? 'localhost', signal });
    connection.socket.on('error', () => connection.socket.destroy());
    connection.socket.destroy();
    return accepted(connection.facts.lastChainExpirySeconds);
  } catch (error) {
    if (error instanceof TlsHandshakeError) return comparable(error.message);
    throw error;
  }
}

export function accepted(lastChainExpirySeconds: number | undefined): string {
  return `accepted until ${lastChainExpirySeconds === undefined ? 'nobody knows when' : String(lastChainExpirySeconds)}`;
}

/** Seconds pass between two verdicts. */
export function comparable(text: string): string {
  return text.replace(/current time [\dT:+-]+Z?/, 'current time NOW');
}
