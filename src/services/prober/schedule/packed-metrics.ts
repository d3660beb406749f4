import type { MetricDefinition } from '../../../metrics/metric-definition.js';
import type { MetricFamily } from '../../../metrics/metric-family.js';
import type { MetricSet } from '../../../metrics/metric-set.js';
import { ownText } from '../../../values/own-text.js';

/** Texts of up to this length are never views of longer ones (V8's shortest slice has 13 characters). */
const LONGEST_COPIED = 12;
/** The most lists of metrics that are kept to be shared; probes of one kind have one of a few. */
const MOST_SHARED = 1024;
/** The longest list that is shared. Longer ones are those of exporters, and each is the only one of its kind. */
const LONGEST_SHARED = 100;

const NO_LABELS: readonly string[] = [];
const NOTHING_ADDED: readonly MetricFamily[] = [];

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

  /** `before` are the metrics of the target's previous probe, with which equal parts are shared. */
  constructor(set: MetricSet, before?: PackedMetrics) {
    const rows = set.sorted();
    const names = rows.map(({ metric }) => metric);
    const isSame =
      before !== undefined &&
      sameItems(before.metrics, names) &&
      rows.every(({ labelValues }, index) => sameItems(before.labelValues[index] ?? NO_LABELS, labelValues));
    this.metrics = isSame ? before.metrics : shared(names);
    this.labelValues = isSame ? before.labelValues : rows.map(({ labelValues }) => ownTexts(labelValues));
    this.values = rows.map(({ value }) => value);
    this.added = set.added.length === 0 ? NOTHING_ADDED : [...set.added];
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
