import { parentPort, workerData } from 'node:worker_threads';

/** Memory that a check thread shares with the thread that started it: 1 while the thread loads modules, else 0. */
export type LoadingFlag = Int32Array<SharedArrayBuffer>;

/** The message of a thread that has loaded what it was loading. */
export const LOADED = 'loaded';

/** Returns the flag of a thread that is about to start, which begins by loading. */
export function newLoadingFlag(): LoadingFlag {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(1);
}

/**
 * Loads modules in a check thread. Node's loader leaves files open that it reads while the thread is terminated, for as
 * long as the process lives; so a thread is terminated only when it has loaded them. `load` reads one after the other
 * (load-one-by-one.ts), by calls that leave nothing open, since a thread may begin to load in the moment in which it is
 * told to end.
 */
export async function whileLoading<T>(load: () => Promise<T>): Promise<T> {
  const { loading } = workerData as { readonly loading: LoadingFlag };
  Atomics.store(loading, 0, 1);
  try {
    return await load();
  } finally {
    Atomics.store(loading, 0, 0);
    parentPort?.postMessage(LOADED);
  }
}
