/**
 * How much one exposition may hold. The limits are checked during reading, so that input beyond them never becomes
 * objects.
 */
export interface ParseLimits {
  /**
   * The number of series as Prometheus counts them: a histogram has one for each bucket, one for its sum and one for
   * its count.
   */
  readonly series: number;
  /** The number of metric names, including names that only have HELP or TYPE lines. */
  readonly families: number;
  /** The length of the name of a metric or of a label, in characters. */
  readonly nameLength: number;
  readonly labelsPerSeries: number;
  /** The number of labels of all series together. */
  readonly labels: number;
  /** The flag or setting of the limit on series, for error messages. */
  readonly seriesLimitName: string;
}

/** The input exceeds a limit; the message says which one. */
export class ParseLimitError extends Error {
  override readonly name = 'ParseLimitError';
}

/** No limits, for files that the operator of the service has written. */
export const UNLIMITED: ParseLimits = {
  series: Infinity,
  families: Infinity,
  nameLength: Infinity,
  labelsPerSeries: Infinity,
  labels: Infinity,
  seriesLimitName: '',
};

/** Counts what is read of one exposition. Each method throws ParseLimitError when a limit is exceeded. */
export class ParseMeter {
  readonly #limits: ParseLimits;
  #series = 0;
  #families = 0;
  #labels = 0;
  #parts = 0;

  constructor(limits: ParseLimits) {
    this.#limits = limits;
  }

  /** Looks at the length of a name. */
  name(length: number): void {
    const { nameLength } = this.#limits;
    if (length > nameLength) throw new ParseLimitError(`a name has more than ${nameLength} characters`);
  }

  family(): void {
    if (++this.#families > this.#limits.families) {
      throw new ParseLimitError(`pushed metrics have more than ${this.#limits.families} names, ${this.#allowed()}`);
    }
  }

  series(count: number): void {
    this.#series += count;
    if (this.#series > this.#limits.series) {
      throw new ParseLimitError(
        `pushed metrics have more series than ${this.#limits.seriesLimitName}=${this.#limits.series} allows`,
      );
    }
  }

  /** Counts a label of a series that already has `before` labels. */
  label(before: number): void {
    const { labelsPerSeries, labels } = this.#limits;
    if (before >= labelsPerSeries) throw new ParseLimitError(`a series has more than ${labelsPerSeries} labels`);
    if (++this.#labels > labels) {
      throw new ParseLimitError(`pushed metrics have more than ${labels} labels, ${this.#allowed()}`);
    }
  }

  /** Counts what only protobuf has besides series: spans of native histograms, exemplars and their labels. */
  part(): void {
    if (++this.#parts > this.#limits.series) {
      throw new ParseLimitError(
        `pushed metrics have more than ${this.#limits.series} spans and exemplars, ${this.#allowed()}`,
      );
    }
  }

  #allowed(): string {
    return `which is more than ${this.#limits.seriesLimitName}=${this.#limits.series} allows`;
  }
}
