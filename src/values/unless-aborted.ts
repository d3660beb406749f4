import { asError } from './as-error.js';

/**
 * Waits for work that takes no signal, such as reading a file. Rejects with the signal's reason if it fires first; the
 * outcome of the work is ignored then.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      stop();
      reject(asError(signal.reason));
    };
    const stop = (): void => {
      signal.removeEventListener('abort', onAbort);
    };
    work.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(asError(error));
      },
    );
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
