import { wellFormed } from '../../values/byte-string.js';
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
  /**
   * The log fields that identify this check's failure, such as its pattern. A failure that lacks a field matches any
   * value.
   */
  readonly fields?: Fields;
}

/** A reader of the data that the checks judged. It is valid while the probe runs. */
export interface ExcerptNote {
  readonly of: ExcerptReport['of'];
  readonly read: () => Uint8Array | string;
}

/** The notes of one hop. */
export interface HopNotes {
  readonly to: string;
  readonly address: string;
  tls?: (nowSeconds: number) => TlsReport;
  head?: HeadNote;
}

/**
 * References that a probe collects on its way for its report. They point to data that exists anyway, so an ordinary
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
    this.#hops.push({ to: wellFormed(to), address });
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

  /** Sets the checks of the module, in the order in which they are judged. */
  expects(checks: () => readonly CheckNote[]): void {
    this.#checks = checks;
  }

  /** The check with this index begins. */
  begins(step: number): void {
    this.#step = step;
  }

  /** Sets the data that the checks judge. */
  looksAt(of: ExcerptReport['of'], read: ExcerptNote['read']): void {
    this.#excerpt = { of, read };
  }
}
