import { setMaxListeners } from 'node:events';

/** Why a probe was told to stop: the reason of its abort signal. */
export class ProbeAbort extends Error {
  override readonly name = 'ProbeAbort';
  readonly kind: 'deadline' | 'cancelled';

  constructor(kind: 'deadline' | 'cancelled') {
    super(kind === 'deadline' ? 'context deadline exceeded' : 'context canceled');
    this.kind = kind;
  }
}

/** Whether `signal` was aborted because the probe's time ran out. */
export function ranOutOfTime(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof ProbeAbort && signal.reason.kind === 'deadline';
}

/**
 * The signal of a probe. Not one of an AbortController: Node 20 changes the prototype of each signal that it makes and
 * then adds to it, for which V8 11 makes three hidden classes for each probe.
 */
class EndSignal extends EventTarget implements AbortSignal {
  onabort: AbortSignal['onabort'] = null;
  #reason: ProbeAbort | undefined;

  constructor() {
    super();
    // As for Node's own signals: whoever takes part in a probe may listen.
    setMaxListeners(0, this);
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** Only the first reason counts. */
  fire(reason: ProbeAbort): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const event = new Event('abort');
    this.onabort?.(event);
    this.dispatchEvent(event);
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
