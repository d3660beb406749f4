import type { ProbeFailure } from '../../probe/failure.js';

/** The body of a response as it comes off the wire. */
export interface BodySource {
  /** The next bytes; undefined at the body's end. Rejects with a ProbeFailure (truncated, reset, time). Not reading applies back-pressure. */
  readonly read: () => Promise<Buffer | undefined>;
}

export interface BodyOptions {
  /** The module's `compression`, in any letter case; '' for none. */
  readonly compression: string;
  /** The module's `body_size_limit` in bytes, after decompression; 0 for none. */
  readonly limitBytes: number;
  /** Whether a check needs the bytes themselves. */
  readonly hold: boolean;
  /** How many bytes may be held for a check. */
  readonly holdLimitBytes: number;
}

export interface BodyResult {
  /** After decompression and limit. */
  readonly lengthBytes: number;
  /** The bytes, where they were asked for; what arrived before a failure is here too. */
  readonly held?: Buffer;
  /** Why reading stopped early; what was read before stays counted. */
  readonly failure?: ProbeFailure;
}

/** Reads a body to its end (or limit), decompressing as the module says; never rejects for what the target sent. */
export function readBody(_source: BodySource, _options: BodyOptions, _signal: AbortSignal): Promise<BodyResult> {
  return Promise.reject(new Error('not built yet'));
}
