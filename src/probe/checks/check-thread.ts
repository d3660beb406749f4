import { Worker } from 'node:worker_threads';
import { asError } from '../../values/as-error.js';
import { ProbeFailure } from '../failure.js';
import type { CheckAnswer, CheckTask } from './check-task.js';
import type { CheckReply } from './check-worker.js';
import { LOADED, newLoadingFlag } from './thread-loading.js';

/** Memory of a thread, in MiB. */
export interface ThreadLimits {
  readonly maxOldGenerationSizeMb: number;
  readonly maxYoungGenerationSizeMb: number;
}

/**
 * The heap limits of a thread: enough for the largest body as text, for as many JSON values as are read, and for the
 * values that an expression computes from them.
 */
const LIMITS: ThreadLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 };

interface Pending {
  readonly resolve: (answer: CheckAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that performs checks, one at a time. It keeps the process alive only while it does. */
export class CheckThread {
  readonly #worker: Worker;
  #pending: Pending | undefined;
  #ended = false;
  readonly #loading = newLoadingFlag();
  /** Resolves when the thread and its memory are gone, which may be some time after it was told to end. */
  readonly gone: Promise<void>;

  constructor(limits = LIMITS) {
    this.#worker = new Worker(new URL('./check-worker-start.js', import.meta.url), {
      resourceLimits: limits,
      workerData: { loading: this.#loading },
    });
    // An earlier `unref` would not last.
    this.#worker.on('online', () => {
      if (this.#pending === undefined && !this.#ended) this.#worker.unref();
    });
    this.#worker.on('message', (reply: CheckReply | typeof LOADED) => {
      if (reply === LOADED) {
        if (this.#ended) this.#terminate();
        return;
      }
      const pending = this.#settle();
      if ('answer' in reply) pending?.resolve(reply.answer);
      else pending?.reject(new Error(`a check failed: ${reply.bug}`));
    });
    this.#worker.on('error', (error) => {
      this.#end(asFailure(error, limits));
    });
    this.gone = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end(new Error('a check was ended'));
        resolve();
      });
    });
  }

  /** Whether it can perform no more. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Takes the memory of the task's bytes. Rejects with a ProbeFailure if the check takes more memory than there may be,
   * and after `end`.
   */
  perform(task: CheckTask): Promise<CheckAnswer> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(task, memoryOf(task));
    });
  }

  /** Ends the thread at once; while it loads modules, after it has loaded them. */
  end(): void {
    this.#end(new Error('a check was ended'));
    if (Atomics.load(this.#loading, 0) === 0) this.#terminate();
    // The process waits for its end, as with `terminate`.
    else this.#worker.ref();
  }

  #terminate(): void {
    // The thread is unreferenced, and its result is of interest to nobody.
    void this.#worker.terminate();
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#worker.unref();
    return pending;
  }

  #end(error: Error): void {
    this.#ended = true;
    this.#settle()?.reject(error);
  }
}

/** The memory of a task's bytes, which goes to the thread. */
function memoryOf(task: CheckTask): ArrayBuffer[] {
  if (task.kind === 'locate' || task.kind === 'compile') return [];
  const pieces = task.kind === 'cel' ? task.json : task.texts.flatMap((text) => (typeof text === 'string' ? [] : text));
  return pieces.map(({ buffer }) => buffer);
}

function asFailure(error: unknown, limits: ThreadLimits): Error {
  const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  if (isMemory) {
    const err = `it took more than ${limits.maxOldGenerationSizeMb} MiB`;
    return new ProbeFailure('check', 'check_too_costly', 'Error checking the answer', { err });
  }
  return asError(error);
}
