import { OpenList } from '../values/lists/open-list.js';
import { earliestCertificateExpiry } from './certificate-expiry.js';
import type { LogEntry } from './probe-log.js';
import type { ProbeTrace } from './report/probe-report.js';
import type { ProbeOutcome } from './run-probe.js';
import type { TargetName, TargetState } from './targets/target-state.js';
import { TargetTable } from './targets/target-table.js';

/** One finished probe, kept as data; text is made of it only when somebody looks. */
export interface HistoryItem extends TargetName {
  readonly outcome: ProbeOutcome;
  /** The module as it was when the probe ran, as YAML. */
  readonly describe: () => string;
  /** The module's YAML without the defaults of other probers. */
  readonly describeOwn: () => string;
}

/** A probe of the history. */
export interface HistoryEntry extends HistoryItem {
  /** Counts up from zero in each process. */
  readonly id: number;
}

/** The ids of other probes of the same target that are still there. */
export interface Neighbours {
  readonly previous?: number;
  readonly next?: number;
  /** The latest success with a trace. */
  readonly latestSuccess?: number;
}

interface Stored extends HistoryEntry {
  readonly bytes: number;
  readonly state: TargetState;
}

/**
 * How old the traced success of a target may be before the next one is traced, too: a trace costs a tenth of a probe,
 * and what a success meets hardly changes within a minute.
 */
const TRACED_FOR_SECONDS = 60;

/**
 * The most bytes that all entries may hold, estimated. Entries that are only the latest of a target are evicted first,
 * then the oldest successes, then the oldest failures.
 */
const HISTORY_BYTES_LIMIT = 16 * 1024 * 1024;

/** An estimate of the objects around one entry and around one log line, in bytes. */
const ENTRY_OVERHEAD_BYTES = 512;
const LOG_LINE_OVERHEAD_BYTES = 160;

/**
 * The memory of all probes. It holds the last probes, and beyond them the last failures: a failure that leaves the
 * first list moves to a second one of the same size. Both are bounded in entries (`limit` each) and in bytes. It also
 * holds the state of each target and, while there is room, its latest success, latest failure and latest traced
 * success.
 */
export class History {
  readonly #limit: number;
  readonly #bytesLimit: number;
  /** The oldest is first. */
  readonly #recent = new OpenList<Stored>();
  readonly #olderFailures = new OpenList<Stored>();
  /** Entries that left both lists, and are the latest of their target. Key: the id. */
  readonly #latest = new Map<number, Stored>();
  readonly #targets: TargetTable;
  /** The latest success with a trace of each target, as long as it is kept. */
  readonly #traced = new WeakMap<TargetState, Stored>();
  #bytes = 0;
  #nextId = 0;

  constructor(limit: number, bytesLimit: number = HISTORY_BYTES_LIMIT, targets = new TargetTable()) {
    this.#limit = limit;
    this.#bytesLimit = bytesLimit;
    this.#targets = targets;
  }

  /** How many bytes entries and targets take, estimated. */
  get bytes(): number {
    return this.#bytes + this.#targets.bytes;
  }

  /** How many bytes the entries take, estimated. */
  get entryBytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#recent.size + this.#olderFailures.size;
  }

  /** The state of each target. */
  get targets(): Pick<TargetTable, 'size' | 'all' | 'find'> {
    return this.#targets;
  }

  /**
   * Keeps `item`; `metricsBytes` is the size of its metrics as they were sent, which tells how much they hold. Returns
   * its id.
   */
  add(item: HistoryItem, metricsBytes: number): number {
    const id = this.#nextId++;
    if (this.#limit <= 0) return id;
    const { module, hostname, params, outcome, describe, describeOwn } = item;
    const state = this.#noteTarget(item, id);
    const { target } = state;
    const bytes =
      ENTRY_OVERHEAD_BYTES +
      metricsBytes +
      target.length +
      (params?.length ?? 0) +
      logBytes(outcome.log) +
      traceBytes(outcome.trace);
    const stored: { -readonly [K in keyof Stored]: Stored[K] } = {
      ...{ id, module, target, outcome, describe, describeOwn, bytes, state },
    };
    if (hostname !== undefined) stored.hostname = hostname;
    if (params !== undefined) stored.params = params;
    this.#recent.add(stored);
    this.#noteTraced(stored);
    this.#bytes += bytes;
    if (this.#recent.size > this.#limit) this.#pushOut();
    while (this.#bytes > this.#bytesLimit) this.#makeRoom();
    return id;
  }

  /** The entry with this id, if it is still there. */
  byId(id: number): HistoryEntry | undefined {
    return this.#all().find((entry) => entry.id === id);
  }

  /** The entry with this id also if `limit` is exceeded, as it is the latest success or failure of its target. */
  byIdOrLatest(id: number): HistoryEntry | undefined {
    return this.byId(id) ?? this.#latest.get(id);
  }

  /**
   * Whether a probe that begins now should be traced even if it succeeds, because the target's last traced success is
   * old.
   */
  wantsTrace(name: TargetName, nowSeconds: number): boolean {
    if (this.#limit <= 0) return false;
    const state = this.#targets.find(name);
    const traced = state === undefined ? undefined : this.#traced.get(state);
    const age = nowSeconds - (traced?.outcome.log[0]?.wallSeconds ?? -Infinity);
    // A wall clock may be turned back.
    return age < 0 || age >= TRACED_FOR_SECONDS;
  }

  /** The entries before and after `id` among those of its target, and the target's latest traced success. */
  neighbours(id: number, name: TargetName): Neighbours {
    const state = this.#targets.find(name);
    if (state === undefined) return {};
    let previous: number | undefined;
    let next: number | undefined;
    for (const kept of [[...this.#latest.values()], this.#olderFailures.all(), this.#recent.all()]) {
      for (const other of kept) {
        if (other.state !== state) continue;
        if (other.id < id) previous = Math.max(previous ?? 0, other.id);
        else if (other.id > id) next = Math.min(next ?? Infinity, other.id);
      }
    }
    const latestSuccess = this.#traced.get(state)?.id;
    return {
      ...(previous !== undefined && { previous }),
      ...(next !== undefined && { next }),
      ...(latestSuccess !== undefined && { latestSuccess }),
    };
  }

  /** The oldest entry of `target` that is still there, of `module` if one is named. */
  byTarget(target: string, module?: string): HistoryEntry | undefined {
    return this.#all().find((entry) => entry.target === target && (module === undefined || entry.module === module));
  }

  newestFirst(): HistoryEntry[] {
    return this.#all().reverse();
  }

  /** All entries, newest first, then the latest of each target. */
  newestWithLatest(): HistoryEntry[] {
    return [...this.#latest.values(), ...this.#all()].sort((a, b) => b.id - a.id);
  }

  /** Failures are always older than what the first list has, so this is the order of ids. */
  #all(): HistoryEntry[] {
    return [...this.#olderFailures.all(), ...this.#recent.all()];
  }

  #noteTarget(item: HistoryItem, id: number): TargetState {
    const { failure, log, durationSeconds, metrics } = item.outcome;
    const atSeconds = log[0]?.wallSeconds ?? 0;
    const expirySeconds = metrics.get(earliestCertificateExpiry);
    const result = { atSeconds, durationSeconds, reason: failure?.reason };
    const { state, replacedId } = this.#targets.add(item, { id, result, failure, expirySeconds });
    if (replacedId !== this.#traced.get(state)?.id) this.#dropLatest(replacedId);
    for (const gone of this.#targets.shrink()) {
      for (const each of [gone.lastFailureId, gone.lastSuccessId, this.#traced.get(gone)?.id]) this.#dropLatest(each);
    }
    return state;
  }

  #noteTraced(stored: Stored): void {
    const { state, outcome } = stored;
    if (outcome.failure !== undefined || outcome.trace === undefined) return;
    const before = this.#traced.get(state);
    this.#traced.set(state, stored);
    this.#dropLatest(before?.id);
  }

  #dropLatest(id: number | undefined): void {
    if (id === undefined) return;
    const stored = this.#latest.get(id);
    this.#latest.delete(id);
    this.#forget(stored);
  }

  #pushOut(): void {
    const pushedOut = this.#recent.takeFirst();
    if (pushedOut?.outcome.failure === undefined) {
      this.#keepLatest(pushedOut);
      return;
    }
    this.#olderFailures.add(pushedOut);
    if (this.#olderFailures.size > this.#limit) this.#keepLatest(this.#olderFailures.takeFirst());
  }

  #keepLatest(stored: Stored | undefined): void {
    if (stored === undefined) return;
    const { id, state } = stored;
    const isLatest = [state.lastSuccessId, state.lastFailureId, this.#traced.get(state)?.id].includes(id);
    if (isLatest && this.#targets.has(state)) this.#latest.set(id, stored);
    else this.#forget(stored);
  }

  #makeRoom(): void {
    const latest = takeFirst(this.#latest);
    if (latest !== undefined) {
      this.#forget(latest);
      return;
    }
    const success = this.#recent.takeFirst(({ outcome }) => outcome.failure === undefined);
    this.#forget(success ?? this.#olderFailures.takeFirst() ?? this.#recent.takeFirst());
  }

  #forget(stored: Stored | undefined): void {
    if (stored === undefined) return;
    this.#bytes -= stored.bytes;
    if (this.#traced.get(stored.state) === stored) this.#traced.delete(stored.state);
  }
}

function takeFirst(entries: Map<number, Stored>): Stored | undefined {
  for (const stored of entries.values()) {
    entries.delete(stored.id);
    return stored;
  }
  return undefined;
}

/** Strings are counted as one byte a character: nearly all of them are ASCII. */
function logBytes(log: readonly LogEntry[]): number {
  let bytes = 0;
  for (const { message, fields } of log) {
    bytes += LOG_LINE_OVERHEAD_BYTES + message.length;
    for (const key in fields) {
      const value = fields[key];
      bytes += 16 + key.length + (typeof value === 'string' ? value.length : 8);
    }
  }
  return bytes;
}

/** An estimate: nearly all of a trace are texts, whose sizes JSON has. */
function traceBytes(trace: ProbeTrace | undefined): number {
  return trace === undefined ? 0 : 2 * JSON.stringify(trace).length;
}
