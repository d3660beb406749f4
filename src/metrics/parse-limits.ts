/** How much an exposition may hold; looked at while it is read, so that what is too much never becomes objects. */
export interface ParseLimits {
  /** As Prometheus counts them: a histogram counts once a bucket, and once each for its sum and count. */
  readonly series: number;
  /** Names of metrics, also those that only HELP or TYPE lines have. */
  readonly families: number;
  readonly labelsPerSeries: number;
  /** Labels of all series together. */
  readonly labels: number;
  /** How the number of series is limited, for who meets it. */
  readonly seriesLimitName: string;
}

/** More was met than the limits allow; the message says of what. */
export class ParseLimitError extends Error {
  override readonly name = 'ParseLimitError';
}

/** No limits, for what the operator of the service has written. */
export const UNLIMITED: ParseLimits = {
  series: Infinity,
  families: Infinity,
  labelsPerSeries: Infinity,
  labels: Infinity,
  seriesLimitName: '',
};

/** Counts what is read of one exposition. Each method throws ParseLimitError at the first one too many. */
export class ParseMeter {
  readonly #limits: ParseLimits;
  #series = 0;
  #families = 0;
  #labels = 0;
  #parts = 0;

  constructor(limits: ParseLimits) {
    this.#limits = limits;
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

  /** A label of a series that has `before` already. */
  label(before: number): void {
    const { labelsPerSeries, labels } = this.#limits;
    if (before >= labelsPerSeries) throw new ParseLimitError(`a series has more than ${labelsPerSeries} labels`);
    if (++this.#labels > labels) {
      throw new ParseLimitError(`pushed metrics have more than ${labels} labels, ${this.#allowed()}`);
    }
  }

  /** What only protobuf has beside series: spans of native histograms, exemplars and the labels of those. */
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
