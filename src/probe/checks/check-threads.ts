import type { CheckAnswer, CheckTask } from './check-task.js';
import { CheckThread } from './check-thread.js';

/** Threads at most, those that are about to end included; checks beyond wait, within their probes' deadlines. */
const MOST_THREADS = 4;
/** A thread that nobody needs is ended after this time. */
const IDLE_MS = 30_000;
/**
 * After a longer text a thread is not kept, unless somebody waits for one: its heap has grown to many times as much,
 * and would stay that large.
 */
const MOST_KEPT_LENGTH = 1024 * 1024;

type Taker = (thread: CheckThread) => void;

/**
 * Performs checks that would hold up the event loop in threads: started when first needed, ended when they are idle for
 * long, when their memory is used up, and when the probe that asked is over before they are.
 */
export class CheckThreads {
  readonly #idle = new Map<CheckThread, NodeJS.Timeout>();
  readonly #waiting = new Set<Taker>();
  #count = 0;

  /** How many there are now. */
  get count(): number {
    return this.#count;
  }

  /**
   * Rejects with the signal's reason once that is aborted, and with a ProbeFailure for a check that takes too much
   * memory.
   */
  async run(task: CheckTask, signal: AbortSignal): Promise<CheckAnswer> {
    const thread = await this.#acquire(signal);
    const isLarge = lengthOf(task) > MOST_KEPT_LENGTH;
    const stop = (): void => {
      thread.end();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      // The time may have run out since the thread was given.
      signal.throwIfAborted();
      return await thread.perform(task);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#release(thread, isLarge);
    }
  }

  #acquire(signal: AbortSignal): Promise<CheckThread> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abort = (): void => {
        this.#waiting.delete(take);
        reject(signal.reason as Error);
      };
      const take: Taker = (thread) => {
        this.#waiting.delete(take);
        signal.removeEventListener('abort', abort);
        resolve(thread);
      };
      this.#waiting.add(take);
      signal.addEventListener('abort', abort, { once: true });
      this.#serve();
    });
  }

  #release(thread: CheckThread, isLarge: boolean): void {
    if (isLarge && this.#waiting.size === 0) thread.end();
    if (thread.ended) this.#forget(thread);
    else {
      this.#rest(thread);
      this.#serve();
    }
  }

  /**
   * Frees the place of a thread when the thread is gone, not before. Probes whose time is up end together: a thread
   * started for one of them in the meantime would cost the others milliseconds, and be stopped at once.
   */
  #forget(thread: CheckThread): void {
    void thread.gone.then(() => {
      this.#count--;
      this.#serve();
    });
  }

  #rest(thread: CheckThread): void {
    const timer = setTimeout(() => {
      this.#idle.delete(thread);
      thread.end();
      this.#forget(thread);
    }, IDLE_MS);
    timer.unref();
    this.#idle.set(thread, timer);
  }

  /** The first that waits gets a thread, if there is one. */
  #serve(): void {
    const [take] = this.#waiting;
    if (take === undefined) return;
    const thread = this.#awake() ?? (this.#count < MOST_THREADS ? this.#start() : undefined);
    if (thread !== undefined) take(thread);
  }

  #awake(): CheckThread | undefined {
    for (const [thread, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(thread);
      if (!thread.ended) return thread;
      this.#forget(thread);
    }
    return undefined;
  }

  #start(): CheckThread {
    const thread = new CheckThread();
    this.#count++;
    return thread;
  }
}

/** Returns the length of the texts or bytes of a task. */
function lengthOf(task: CheckTask): number {
  if (task.kind === 'locate') return task.text.length;
  if (task.kind === 'compile') return task.source.length;
  const texts = task.kind === 'cel' ? task.json : task.texts.flat();
  return texts.reduce((sum, { length }) => sum + length, 0);
}

/** The process has one set of check threads, as it has one thread pool of libuv. */
export const checkThreads = new CheckThreads();
