import type { LogEntry } from './probe-log.js';
import type { ProbeTrace } from './report/probe-report.js';
import type { ProbeOutcome } from './run-probe.js';

/** One finished probe, kept as data; text is made of it only when somebody looks. */
export interface HistoryItem {
  readonly module: string;
  readonly target: string;
  readonly outcome: ProbeOutcome;
  /** The module as it was when the probe ran, as YAML. */
  readonly describe: () => string;
}

/** A probe of the history. */
export interface HistoryEntry extends HistoryItem {
  /** Counts up from zero in each process. */
  readonly id: number;
}

interface Stored extends HistoryEntry {
  readonly bytes: number;
}

/** What the history may hold altogether, estimated; the oldest successes go first, then the oldest failures. */
const HISTORY_BYTES_LIMIT = 16 * 1024 * 1024;

/** An estimate of the objects around one entry and around one log line, in bytes. */
const ENTRY_OVERHEAD_BYTES = 512;
const LOG_LINE_OVERHEAD_BYTES = 160;

/**
 * The last probes, and beyond them the last failures: a failure that is pushed out of the first list goes to a second
 * one of the same size. Bounded in entries (`limit` a list) and in bytes over both lists.
 */
export class History {
  readonly #limit: number;
  readonly #bytesLimit: number;
  /** Key: the id. The oldest is first: a map keeps its order, and removing its first entry is cheaper than a list's. */
  readonly #recent = new Map<number, Stored>();
  readonly #olderFailures = new Map<number, Stored>();
  #bytes = 0;
  #nextId = 0;

  constructor(limit: number, bytesLimit: number = HISTORY_BYTES_LIMIT) {
    this.#limit = limit;
    this.#bytesLimit = bytesLimit;
  }

  /** How many bytes the entries take, estimated. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#recent.size + this.#olderFailures.size;
  }

  /**
   * Keeps `item`; `metricsBytes` is the size of its metrics as they were sent, which tells how much they hold. Returns
   * its id.
   */
  add({ module, target, outcome, describe }: HistoryItem, metricsBytes: number): number {
    const id = this.#nextId++;
    if (this.#limit <= 0) return id;
    const bytes =
      ENTRY_OVERHEAD_BYTES + metricsBytes + target.length + logBytes(outcome.log) + traceBytes(outcome.trace);
    this.#recent.set(id, { id, module, target, outcome, describe, bytes });
    this.#bytes += bytes;
    if (this.#recent.size > this.#limit) this.#pushOut();
    while (this.#bytes > this.#bytesLimit) this.#makeRoom();
    return id;
  }

  /** The entry with this id, if it is still there. */
  byId(id: number): HistoryEntry | undefined {
    return this.#recent.get(id) ?? this.#olderFailures.get(id);
  }

  /** The oldest entry of `target` that is still there, of `module` if one is named. */
  byTarget(target: string, module?: string): HistoryEntry | undefined {
    return this.#all().find((entry) => entry.target === target && (module === undefined || entry.module === module));
  }

  newestFirst(): HistoryEntry[] {
    return this.#all().reverse();
  }

  /** Failures are always older than what the first list has, so this is the order of ids. */
  #all(): HistoryEntry[] {
    return [...this.#olderFailures.values(), ...this.#recent.values()];
  }

  #pushOut(): void {
    const pushedOut = takeFirst(this.#recent);
    if (pushedOut?.outcome.failure === undefined) {
      this.#forget(pushedOut);
      return;
    }
    this.#olderFailures.set(pushedOut.id, pushedOut);
    if (this.#olderFailures.size > this.#limit) this.#forget(takeFirst(this.#olderFailures));
  }

  #makeRoom(): void {
    for (const stored of this.#recent.values()) {
      if (stored.outcome.failure !== undefined) continue;
      this.#recent.delete(stored.id);
      this.#forget(stored);
      return;
    }
    this.#forget(takeFirst(this.#olderFailures) ?? takeFirst(this.#recent));
  }

  #forget(stored: Stored | undefined): void {
    if (stored !== undefined) this.#bytes -= stored.bytes;
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
