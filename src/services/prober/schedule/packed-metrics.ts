import type { MetricDefinition } from '../../../metrics/metric-definition.js';
import type { MetricFamily } from '../../../metrics/metric-family.js';
import type { MetricSet } from '../../../metrics/metric-set.js';
import type { Steps } from '../../../values/in-slices.js';
import { ownText } from '../../../values/own-text.js';

/** Texts of up to this length are never views of longer ones (V8's shortest slice has 13 characters). */
const LONGEST_COPIED = 12;
/** The most lists of metrics that are kept to be shared; probes of one kind have one of a few. */
const MOST_SHARED = 1024;
/** The longest list that is shared. Longer ones are those of exporters, and each is the only one of its kind. */
const LONGEST_SHARED = 100;

/** Rows that are packed before others may have their turn. */
const ROWS_A_STEP = 256;

const NO_LABELS: readonly string[] = [];
const NOTHING_ADDED: readonly MetricFamily[] = [];

type Packed = Pick<PackedMetrics, 'metrics' | 'labelValues' | 'values' | 'added'>;

/**
 * The metrics of one probe in the form in which they are kept: the series in order, in parallel lists, which take a
 * third of the memory of a MetricSet. Equal lists are shared.
 */
export class PackedMetrics {
  /** The metric of each series, in the order of `MetricSet.sorted`. */
  readonly metrics: readonly MetricDefinition[];
  /** The values of the labels of each series. */
  readonly labelValues: readonly (readonly string[])[];
  readonly values: readonly number[];
  /** Whole families, of histograms say. */
  readonly added: readonly MetricFamily[];

  private constructor({ metrics, labelValues, values, added }: Packed) {
    this.metrics = metrics;
    this.labelValues = labelValues;
    this.values = values;
    this.added = added.length === 0 ? NOTHING_ADDED : [...added];
  }

  /**
   * Packs a set in steps: a server may have chosen tens of thousands of its rows. `before` are the metrics of the
   * target's previous probe, with which equal parts are shared.
   */
  static *pack(set: MetricSet, before?: PackedMetrics): Steps<PackedMetrics> {
    const places = yield* set.sortedInSteps();
    const { added, rows } = set;
    const metrics: MetricDefinition[] = [];
    const values: number[] = [];
    let isSame = before !== undefined && before.metrics.length === rows.length;
    for (const [index, place] of places.entries()) {
      if (index % ROWS_A_STEP === ROWS_A_STEP - 1) yield;
      const metric = rows.metric(place);
      if (metric === undefined) continue;
      metrics.push(metric);
      values.push(rows.value(place));
      isSame &&=
        before?.metrics[index] === metric && sameItems(before.labelValues[index] ?? NO_LABELS, rows.labelValues(place));
    }
    if (before !== undefined && isSame) {
      return new PackedMetrics({ metrics: before.metrics, labelValues: before.labelValues, values, added });
    }
    const labelValues: (readonly string[])[] = [];
    for (const place of places) {
      labelValues.push(ownTexts(rows.labelValues(place)));
      if (labelValues.length % ROWS_A_STEP === 0) yield;
    }
    return new PackedMetrics({ metrics: shared(metrics), labelValues, values, added });
  }

  /** Whether both have the same series, as far as shared lists show it; false does not mean that they differ. */
  hasSeriesOf(other: PackedMetrics): boolean {
    const hasRows = this.metrics === other.metrics && this.labelValues === other.labelValues;
    return hasRows && this.added.length + other.added.length === 0;
  }
}

const known = new Map<string, readonly MetricDefinition[]>();

/** Returns one list for all probes with these metrics. */
function shared(metrics: readonly MetricDefinition[]): readonly MetricDefinition[] {
  if (metrics.length > LONGEST_SHARED) return metrics;
  const key = metrics.map(({ name }) => name).join(' ');
  const found = known.get(key);
  if (found !== undefined && sameItems(found, metrics)) return found;
  if (known.size >= MOST_SHARED) known.clear();
  known.set(key, metrics);
  return metrics;
}

function ownTexts(texts: readonly string[]): readonly string[] {
  if (texts.length === 0) return NO_LABELS;
  return texts.map((text) => (text.length <= LONGEST_COPIED ? text : ownText(text)));
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
