import type { Duplex } from 'node:stream';
import { asError } from '../../values/as-error.js';

/**
 * Writes `bytes`; resolves once the operating system has them all. Rejects with the socket's error, or the signal's
 * reason if it comes first.
 */
export function writeAll(socket: Duplex, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(asError(signal.reason));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.write(bytes, (error) => {
      signal.removeEventListener('abort', onAbort);
      // A socket that is destroyed already says only that: what ended it says why.
      if (error) reject(socket.errored ?? error);
      else resolve();
    });
  });
}
