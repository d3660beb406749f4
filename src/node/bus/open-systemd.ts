import { type BusSocket, systemBusSocket } from './bus-address.js';
import { BusConnection } from './bus-connection.js';

/** Where systemd listens past the bus, for root. */
export const SYSTEMD_SOCKET: BusSocket = { path: '/run/systemd/private', isDirect: true };

/** How systemd is reached. */
export interface SystemdAccess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where systemd listens past the bus. */
  readonly direct: BusSocket;
  /** Whether the bus is not even tried. */
  readonly isPrivate: boolean;
}

/**
 * Connects to systemd over the system bus; as upstream has it, past the bus where that cannot be had. If both fail, the
 * error is the bus's. The caller closes the connection.
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
