import { asError } from '../values/as-error.js';

/** Why a probe was told to stop: the reason of its abort signal. */
export class ProbeAbort extends Error {
  override readonly name = 'ProbeAbort';
  readonly kind: 'deadline' | 'cancelled';

  constructor(kind: 'deadline' | 'cancelled') {
    // Without a stack, which takes 20 µs and says nothing: hundreds of probes may run out of time together.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(kind === 'deadline' ? 'context deadline exceeded' : 'context canceled');
    Error.stackTraceLimit = stackTraceLimit;
    this.kind = kind;
  }
}

/** Whether `signal` was aborted because the probe's time ran out. */
export function ranOutOfTime(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof ProbeAbort && signal.reason.kind === 'deadline';
}

type Listener = ((event: Event) => void) | { readonly handleEvent: (event: Event) => void };

/**
 * The signal of a probe. Not one of an AbortController: Node 20 changes the prototype of each signal that it makes and
 * then adds to it, for which V8 11 makes three hidden classes for each probe. Nor an EventTarget, which makes three
 * maps for one event that hardly ever comes, and changes them with each of the steps that listen.
 */
class EndSignal implements AbortSignal {
  onabort: AbortSignal['onabort'] = null;
  #reason: ProbeAbort | undefined;
  readonly #listeners: Listener[] = [];

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** The event comes once, so the option `once` makes no difference; others nobody gives. */
  addEventListener(type: string, listener: Listener | null): void {
    if (type === 'abort' && listener !== null && !this.#listeners.includes(listener)) this.#listeners.push(listener);
  }

  removeEventListener(type: string, listener: Listener | null): void {
    const at = type === 'abort' && listener !== null ? this.#listeners.indexOf(listener) : -1;
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  /** As by an EventTarget: who was taken out meanwhile hears nothing, and what a listener throws stops no other. */
  dispatchEvent(event: Event): boolean {
    for (const listener of [...this.#listeners]) {
      if (!this.#listeners.includes(listener)) continue;
      try {
        if (typeof listener === 'function') listener.call(this, event);
        else listener.handleEvent(event);
      } catch (error) {
        queueMicrotask(() => {
          throw asError(error);
        });
      }
    }
    return true;
  }

  /** Only the first reason counts. */
  fire(reason: ProbeAbort): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const event = new Event('abort');
    this.onabort?.(event);
    this.dispatchEvent(event);
    this.#listeners.length = 0;
  }
}

/** Stops a probe: at its deadline, or when its client no longer waits. The first of the two decides. */
export class ProbeEnd {
  readonly #signal = new EndSignal();

  get signal(): AbortSignal {
    return this.#signal;
  }

  /** The probe's time is up. */
  expire(): void {
    this.#signal.fire(new ProbeAbort('deadline'));
  }

  /** Ends the probe because nobody waits for its result any more. */
  cancel(): void {
    this.#signal.fire(new ProbeAbort('cancelled'));
  }
}
