import { maskedStart } from '../../values/masked-text.js';
import { ownText } from '../../values/own-text.js';
import type { FailureReason, Phase, ProbeFailure } from '../failure.js';
import type { Fields } from '../fields.js';
import { shownForeign } from '../report/shown-excerpt.js';
import { type ProbeResult, RecentResults } from './recent-results.js';

/** The identity of a target: the parameters that tell targets of a scrape job apart. */
export interface TargetName {
  readonly module: string;
  readonly target: string;
  /** The parameter `hostname`, where it was given. */
  readonly hostname?: string;
  /** The declared parameters of the module with their values, as a query. */
  readonly params?: string;
}

/** Why a target failed the last time. */
export interface LastFailure {
  readonly atSeconds: number;
  readonly phase: Phase;
  readonly reason: FailureReason;
  /** The log line of the failure with its error; bounded, control characters shown, secrets masked. */
  readonly text: string;
}

/** One more probe of a target. */
export interface ProbedTarget {
  readonly id: number;
  readonly result: ProbeResult;
  readonly failure?: ProbeFailure | undefined;
  /** The earliest end of a certificate that the probe has met, in seconds since the Unix epoch. */
  readonly expirySeconds?: number | undefined;
}

/** The longest text that is kept of a failure, in characters. */
const LONGEST_FAILURE_TEXT = 300;
/** An estimate of the objects around one target, in bytes. */
const TARGET_OVERHEAD_BYTES = 700;

/** The state of one target: its last result, since when it has been up or down, and the results before. */
export class TargetState implements TargetName {
  readonly module: string;
  readonly target: string;
  readonly hostname?: string;
  readonly params?: string;
  /** Identifies the target among all others. */
  readonly key: string;
  readonly #results = new RecentResults();
  #last: ProbeResult = { atSeconds: 0, durationSeconds: 0 };
  #sinceSeconds = 0;
  #isSinceKnown = false;
  #lastFailure: LastFailure | undefined;
  #lastFailureId: number | undefined;
  #lastSuccessId: number | undefined;
  #expirySeconds: number | undefined;

  constructor(name: TargetName, key: string) {
    this.key = key;
    this.module = name.module;
    // Parts of the key: those of the request's line would keep all of it.
    const { target, hostname, params } = partsOf(key, name);
    this.target = target;
    if (hostname !== undefined) this.hostname = hostname;
    if (params !== undefined) this.params = params;
  }

  /** The last results, the oldest first. */
  get results(): Pick<RecentResults, 'count' | 'last'> {
    return this.#results;
  }

  get last(): ProbeResult {
    return this.#last;
  }

  /** When the present outcome began: the start of the first probe since which all went like the last one. */
  get sinceSeconds(): number {
    return this.#sinceSeconds;
  }

  /** Whether a probe before it went otherwise; if not, the state may have begun earlier. */
  get isSinceKnown(): boolean {
    return this.#isSinceKnown;
  }

  get lastFailure(): LastFailure | undefined {
    return this.#lastFailure;
  }

  get lastFailureId(): number | undefined {
    return this.#lastFailureId;
  }

  get lastSuccessId(): number | undefined {
    return this.#lastSuccessId;
  }

  /** The expiry that the last probe with a certificate saw, unless one has succeeded without since. */
  get expirySeconds(): number | undefined {
    return this.#expirySeconds;
  }

  /** How many bytes it takes, estimated; a character of a target may take two. */
  get bytes(): number {
    return (
      TARGET_OVERHEAD_BYTES + 2 * this.key.length + this.#results.bytes + 2 * (this.#lastFailure?.text.length ?? 0)
    );
  }

  /** Takes one more probe; returns the id of the one before that went the same way. */
  add({ id, result, failure, expirySeconds }: ProbedTarget): number | undefined {
    const isChange = this.#results.count > 0 && isSuccess(result) !== isSuccess(this.#last);
    if (isChange || this.#results.count === 0) {
      this.#sinceSeconds = result.atSeconds;
      this.#isSinceKnown = isChange;
    }
    this.#results.add(result);
    this.#last = result;
    if (failure === undefined || expirySeconds !== undefined) this.#expirySeconds = expirySeconds;
    const before = failure === undefined ? this.#lastSuccessId : this.#lastFailureId;
    if (failure === undefined) this.#lastSuccessId = id;
    else {
      this.#lastFailureId = id;
      this.#lastFailure = failureOf(failure, result.atSeconds);
    }
    return before;
  }
}

/** The key of a name. Two names have one key only if they are the same: the lengths show where each part ends. */
export function keyOf({ module, target, hostname, params }: TargetName): string {
  const end = hostname === undefined ? '' : `/${hostname}`;
  const start = params === undefined ? '' : `${params.length}?${params}`;
  return `${start}${module.length}:${target.length}:${module}${target}${end}`;
}

function partsOf(
  key: string,
  { target, hostname, params }: TargetName,
): Pick<TargetName, 'target' | 'hostname' | 'params'> {
  const from = key.length - target.length - (hostname === undefined ? 0 : 1 + hostname.length);
  const to = from + target.length;
  const paramsAt = key.indexOf('?') + 1;
  return {
    target: key.slice(from, to),
    ...(hostname !== undefined && { hostname: key.slice(to + 1) }),
    ...(params !== undefined && { params: key.slice(paramsAt, paramsAt + params.length) }),
  };
}

function isSuccess({ reason }: ProbeResult): boolean {
  return reason === undefined;
}

/** The error, or where there is none what else the failure says. */
function detailOf({ err, ...others }: Fields): string {
  if (err !== undefined) return `: ${String(err)}`;
  const parts = Object.entries(others).map(([key, value]) => `${key}: ${String(value)}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function failureOf({ phase, reason, message, fields }: ProbeFailure, atSeconds: number): LastFailure {
  // A mask may be shorter than what it stands for; all of an error that quotes a long target would take milliseconds.
  const text = maskedStart(`${message}${detailOf(fields)}`, 4 * LONGEST_FAILURE_TEXT);
  const masked = shownForeign(text);
  const isLong = masked.length > LONGEST_FAILURE_TEXT;
  return { atSeconds, phase, reason, text: isLong ? `${ownText(masked.slice(0, LONGEST_FAILURE_TEXT))}…` : masked };
}
