import { type BusSocket, systemBusSocket } from './bus-address.js';
import { BusConnection } from './bus-connection.js';

/** Path of systemd's private socket, which serves root without the bus. */
export const SYSTEMD_SOCKET: BusSocket = { path: '/run/systemd/private', isDirect: true };

/** The ways to reach systemd. */
export interface SystemdAccess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of systemd's private socket. */
  readonly direct: BusSocket;
  /** Whether only the private socket is used, without trying the bus. */
  readonly isPrivate: boolean;
}

/**
 * Connects to systemd over the system bus. Like upstream, it uses the private socket if the bus cannot be reached. If
 * both fail, the error is that of the bus. The caller closes the connection.
 */
export async function openSystemd(
  { env, direct, isPrivate }: SystemdAccess,
  signal: AbortSignal,
): Promise<BusConnection> {
  if (isPrivate) return BusConnection.open(direct, signal);
  try {
    return await BusConnection.open(systemBusSocket(env), signal);
  } catch (error) {
    signal.throwIfAborted();
    return BusConnection.open(direct, signal).catch(() => {
      throw error;
    });
  }
}
