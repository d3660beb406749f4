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
