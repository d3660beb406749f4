import { countText } from '../../../http/pages/count-text.js';
import { type Html, html } from '../../../http/pages/html.js';
import type { HistogramSample, Label, Sample, SummarySample } from '../../../metrics/metric-family.js';
import type { HeldFamily } from '../../../metrics/series-list.js';
import { type NativeBucket, nativeBuckets } from '../../../push/native-buckets.js';
import { badgesHtml, likelyTime, plainNumber, timeAndAgo } from './push-page-text.js';

/** A family of metrics, and how much of it is shown. */
export interface FamilyView {
  readonly family: HeldFamily;
  readonly atSeconds: number;
  readonly nowSeconds: number;
  /** Labels that all series have and that are shown elsewhere. */
  readonly shared: readonly Label[];
  /** Series and buckets beyond are counted only. */
  readonly mostRows: number;
  /** The link to all rows. */
  readonly href: string;
  readonly isOpen?: boolean;
}

/** One family: what it is, when it came, and a table of its series. */
export function familyHtml({ family, atSeconds, nowSeconds, shared, mostRows, href, isOpen }: FamilyView): Html {
  const { name, help = '', type, samples } = family;
  const shown = samples.slice(0, mostRows);
  const more = samples.length - shown.length;
  return html`<details${isOpen ? ' open' : ''} class="family"><summary><span class="name">${name}</span> <span class="muted">${type}, ${countText(samples.length)} series</span></summary>
${help === '' ? '' : html`<p>${help}</p>\n`}<p class="muted">last pushed ${timeAndAgo(atSeconds, nowSeconds)}</p>
<div class="scroll"><table><thead><tr><th scope="col">Labels</th><th scope="col">Value</th></tr></thead><tbody>
${shown.map((sample) => rowHtml(name, sample, { shared, mostRows }))}</tbody></table></div>
${more > 0 ? html`<p>and ${countText(more)} more: <a href="${href}">show all</a></p>\n` : ''}</details>
`;
}

type Limits = Pick<FamilyView, 'shared' | 'mostRows'>;

function rowHtml(name: string, sample: Sample, { shared, mostRows }: Limits): Html {
  const own = sample.labels.filter((label) => !isShared(label, shared));
  const labels = own.length === 0 ? html`<span class="muted">none of its own</span>` : badgesHtml(own);
  return html`<tr><td>${labels}</td>${valueCell(name, sample, mostRows)}</tr>\n`;
}

/** An empty instance is the pushgateway's doing, not the client's. */
function isShared({ name, value }: Label, shared: readonly Label[]): boolean {
  if (name === 'instance' && value === '') return true;
  return shared.some((label) => label.name === name && label.value === value);
}

function valueCell(name: string, sample: Sample, mostRows: number): Html {
  switch (sample.kind) {
    case 'value': {
      const time = likelyTime(name, sample.value);
      return html`<td class="value">${plainNumber(sample.value)}${time === undefined ? '' : html`<br><span class="muted">${time}</span>`}</td>`;
    }
    case 'summary':
      return nestedCell(quantileRows(sample, mostRows), sample, sample.quantiles.length);
    case 'histogram':
      return histogramCell(sample, mostRows);
  }
}

type Row = readonly [label: string, value: string];

function quantileRows({ quantiles }: SummarySample, mostRows: number): readonly Row[] {
  return quantiles
    .slice(0, mostRows)
    .map(({ quantile, value }) => [`quantile ${plainNumber(quantile)}`, plainNumber(value)]);
}

function histogramCell(sample: HistogramSample, mostRows: number): Html {
  const { buckets, native } = sample;
  const classic = buckets
    .slice(0, mostRows)
    .map(({ upperBound, cumulativeCount }): Row => [`≤ ${plainNumber(upperBound)}`, plainNumber(cumulativeCount)]);
  const sparse = native === undefined ? [] : nativeBuckets(native);
  const shown = sparse
    .slice(0, mostRows - classic.length)
    .map((bucket): Row => [boundsText(bucket), plainNumber(bucket.count)]);
  return nestedCell([...classic, ...shown], sample, buckets.length + sparse.length);
}

function boundsText({ lower, upper, isLowerIncluded, isUpperIncluded }: NativeBucket): string {
  return `${isLowerIncluded ? '[' : '('}${plainNumber(lower)}, ${plainNumber(upper)}${isUpperIncluded ? ']' : ')'}`;
}

/** `shown` of so many rows `inAll`. */
function nestedCell(
  shown: readonly Row[],
  { count, sum }: { readonly count: number; readonly sum: number },
  inAll: number,
): Html {
  const all: readonly Row[] = [['count', plainNumber(count)], ['sum', plainNumber(sum)], ...shown];
  const more = inAll > shown.length ? html`<tr><td>and ${countText(inAll - shown.length)} more</td></tr>` : '';
  const lines = all.map(([label, value]) => html`<tr><td>${label}</td><td class="value">${value}</td></tr>`);
  return html`<td><table class="nested">${lines}${more}</table></td>`;
}
