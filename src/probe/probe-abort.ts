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

/** Stops a probe: at its deadline, or when its client no longer waits. The first of the two decides. */
export class ProbeEnd {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The probe's time is up. */
  expire(): void {
    this.#controller.abort(new ProbeAbort('deadline'));
  }

  /** Ends the probe because nobody waits for its result any more. */
  cancel(): void {
    this.#controller.abort(new ProbeAbort('cancelled'));
  }
}
