import type { FailureReason } from '../failure.js';
import type { Fields } from '../fields.js';
import type { ExcerptReport, TlsReport } from './probe-report.js';

/** The head of an HTTP answer. */
export interface HeadNote {
  readonly version: string;
  readonly status: number;
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/** One expectation, and how to know a failure of it. */
export interface CheckNote {
  readonly expects: string;
  readonly reasons: readonly FailureReason[];
  /** What the failure says of it, such as its pattern; a failure that leaves a field out may mean any. */
  readonly fields?: Fields;
}

/** Where what was looked at can be read, as long as the probe runs. */
export interface ExcerptNote {
  readonly of: ExcerptReport['of'];
  readonly read: () => Uint8Array | string;
}

/** What one hop has left. */
export interface HopNotes {
  readonly to: string;
  readonly address: string;
  tls?: (nowSeconds: number) => TlsReport;
  head?: HeadNote;
}

/**
 * What a probe leaves on its way for whoever asks afterwards: references to what is there anyway, so that an ordinary
 * probe pays next to nothing. They are read once, when the probe has ended, or never.
 */
export class ProbeNotes {
  readonly #hops: HopNotes[] = [];
  #checks: (() => readonly CheckNote[]) | undefined;
  #excerpt: ExcerptNote | undefined;
  #step: number | undefined;

  get hops(): readonly HopNotes[] {
    return this.#hops;
  }

  get excerpt(): ExcerptNote | undefined {
    return this.#excerpt;
  }

  /** The expectations, in the order in which they are judged. */
  get checks(): readonly CheckNote[] {
    return this.#checks?.() ?? [];
  }

  /** The check that was begun last, where the prober performs them one by one. */
  get step(): number | undefined {
    return this.#step;
  }

  /** A connection is about to be opened. */
  dials(to: string, address: string): void {
    this.#hops.push({ to, address });
  }

  /** The last connection has shown certificates. */
  shows(tls: (nowSeconds: number) => TlsReport): void {
    const hop = this.#hops.at(-1);
    if (hop !== undefined) hop.tls = tls;
  }

  /** The last connection has brought the head of an answer. */
  answers(head: HeadNote): void {
    const hop = this.#hops.at(-1);
    if (hop !== undefined) hop.head = head;
  }

  /** What the module expects. */
  expects(checks: () => readonly CheckNote[]): void {
    this.#checks = checks;
  }

  /** The check with this index begins. */
  begins(step: number): void {
    this.#step = step;
  }

  /** What is judged. */
  looksAt(of: ExcerptReport['of'], read: ExcerptNote['read']): void {
    this.#excerpt = { of, read };
  }
}
