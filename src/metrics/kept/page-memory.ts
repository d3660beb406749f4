import type { EscapingScheme } from '../escape-name.js';
import type { MetricDefinition } from '../metric-definition.js';
import type { MetricFamily } from '../metric-family.js';
import { rowHeader, rowStart, writeFamilies, writeNumber } from '../write-text.js';
import { byNameAndLabels, type Columns, sameValues, type SeriesRows } from './metric-row.js';

/** What a page is made of. */
export interface PageParts {
  /** The series of sets that follow those of the page before (`MetricSet.following`), set by set. */
  readonly rows: readonly SeriesRows[];
  /** The families with samples, in the order of their names. */
  readonly families: readonly MetricFamily[];
  /** Whether the series of that name are left out, always the same for one memory. */
  readonly omits: (name: string) => boolean;
  readonly escaping: EscapingScheme;
}

/** Longer pages, in bytes, are not remembered. */
const LONGEST_PAGE = 256 * 1024;
/** The most bytes that a number takes. */
const LONGEST_NUMBER = 32;
/** A buffer is larger than the page that it is made for, so that it has room for those that follow. */
const SLACK = 4096;

/** A page, from the second time on that its series come. */
interface Known {
  readonly series: Columns;
  /** The places of `series` in the order of the page. */
  readonly sorted: readonly number[];
  page: RememberedPage | undefined;
}

/** Some series come every few scrapes only. */
const MOST_KNOWN = 2;

/**
 * Remembers the last pages of one source, since the next one nearly always has the same series: then
 * only the values that have changed are written anew, and the rest is copied. A page is remembered the second time that
 * its series come, and only if what it is put together from gives the very bytes of the ordinary way to write it.
 */
export class PageMemory {
  readonly #known: Known[] = [];

  /**
   * The page, which `writeWhole` gives in the ordinary way; undefined where that gives undefined. The bytes hold until
   * the next page.
   */
  write(parts: PageParts, writeWhole: () => Buffer | undefined): Buffer | undefined {
    const all = joined(parts.rows);
    const found = this.#find(all);
    const again = found?.known.page?.again(found.rows.values, parts);
    if (again !== undefined) return again;
    const whole = writeWhole();
    if (found !== undefined) found.known.page = whole && RememberedPage.of(found.rows, parts, whole);
    else if (this.#known.unshift(knownOf(all)) > MOST_KNOWN) this.#known.pop();
    return whole;
  }

  /** The page of these series, which may come in any order, and the series in the order that it knows. */
  #find(rows: Columns): { readonly known: Known; readonly rows: Columns } | undefined {
    const inOrder = this.#known.find(({ series }) => areSame(series, rows));
    if (inOrder !== undefined) return { known: inOrder, rows };
    if (!this.#known.some(({ series }) => series.metrics.length === rows.metrics.length)) return undefined;
    const places = sortedPlaces(rows);
    const sorted = taken(rows, places);
    const known = this.#known.find((each) => areSame(taken(each.series, each.sorted), sorted));
    if (known === undefined) return undefined;
    const { metrics, labelValues } = known.series;
    const values = new Array<number>(places.length);
    for (const [at, place] of known.sorted.entries()) values[place] = sorted.values[at] ?? NaN;
    return { known, rows: { metrics, labelValues, values } };
  }
}

/** The series of all sets of a page, without `flat`, which takes V8 several times as long. */
function joined([first, ...others]: readonly SeriesRows[]): Columns {
  const all = (first?.columns ?? []).concat(...others.map(({ columns }) => columns));
  return {
    metrics: concat<MetricDefinition>(all.map(({ metrics }) => metrics)),
    labelValues: concat<readonly string[]>(all.map(({ labelValues }) => labelValues)),
    values: concat<number>(all.map(({ values }) => values)),
  };
}

function concat<T>([first = [], ...others]: readonly (readonly T[])[]): readonly T[] {
  return first.concat(...others);
}

function sortedPlaces(rows: Columns): number[] {
  const { metrics, labelValues } = rows;
  const compare = byNameAndLabels({
    metric: (place) => metrics[place],
    labelValues: (place) => labelValues[place] ?? [],
  });
  return metrics.map((_unused, place) => place).sort(compare);
}

/** The series at these places, in this order. */
function taken({ metrics, labelValues, values }: Columns, places: readonly number[]): Columns {
  return {
    metrics: places.map((place) => metrics[place] as MetricDefinition),
    labelValues: places.map((place) => labelValues[place] ?? []),
    values: places.map((place) => values[place] ?? NaN),
  };
}

function knownOf(series: Columns): Known {
  return { series, sorted: sortedPlaces(series), page: undefined };
}

/** Whether the series are those seen, one by one. Sets that follow others mostly have the very same label values. */
function areSame(seen: Columns, { metrics, labelValues }: Columns): boolean {
  if (metrics.length !== seen.metrics.length) return false;
  for (let at = 0; at < metrics.length; at++) {
    if (seen.metrics[at] !== metrics[at]) return false;
    const [known = [], own = []] = [seen.labelValues[at], labelValues[at]];
    if (known !== own && !sameValues(known, own)) return false;
  }
  return true;
}

/** A place of the page whose text changes: the value of a series, or a whole family. */
interface Place {
  readonly isFamily: boolean;
  /** Which of all series, or of all families. */
  readonly at: number;
  value: number;
  text: string;
  /** The bytes of the text in the page. */
  from: number;
  to: number;
}

class RememberedPage {
  readonly #places: readonly Place[];
  readonly #families: readonly string[];
  readonly #escaping: EscapingScheme;
  #bytes: Buffer;
  #length: number;
  #spare: Buffer = Buffer.allocUnsafeSlow(0);

  private constructor(places: readonly Place[], { families, escaping }: PageParts, page: Buffer) {
    this.#places = places;
    this.#families = families.map(({ name }) => name);
    this.#escaping = escaping;
    this.#bytes = Buffer.from(page);
    this.#length = page.length;
  }

  /** Undefined where the parts do not give the very bytes of `page`. */
  static of(rows: Columns, parts: PageParts, page: Buffer): RememberedPage | undefined {
    if (page.length > LONGEST_PAGE) return undefined;
    const layout = new Layout();
    layout.add(rows, parts);
    return layout.gives(page) ? new RememberedPage(layout.places, parts, page) : undefined;
  }

  /** The page of the same series with these values; undefined if the families, or the way to write names, differ. */
  again(values: readonly number[], { families, escaping }: PageParts): Buffer | undefined {
    if (escaping !== this.#escaping || families.length !== this.#families.length) return undefined;
    if (families.some(({ name }, at) => name !== this.#families[at])) return undefined;
    const texts = families.map((family) => writeFamilies([family], escaping));
    const room = this.#room(texts);
    this.#length = this.#rewrite(room, values, texts);
    this.#spare = this.#bytes;
    this.#bytes = room;
    return room.subarray(0, this.#length);
  }

  /** A buffer that has room for the page, whatever its values are. */
  #room(texts: readonly string[]): Buffer {
    const changing = texts.reduce((sum, text) => sum + 3 * text.length, this.#places.length * LONGEST_NUMBER);
    const most = this.#length + changing;
    return this.#spare.length >= most ? this.#spare : Buffer.allocUnsafeSlow(most + SLACK);
  }

  /** Copies the page, with the texts that have changed. Returns its length. */
  #rewrite(room: Buffer, values: readonly number[], texts: readonly string[]): number {
    let written = 0;
    let copied = 0;
    for (const place of this.#places) {
      const { from, to } = place;
      const shift = written - copied;
      place.from = from + shift;
      place.to = to + shift;
      const isNew = place.isFamily ? changeText(place, texts[place.at]) : changeValue(place, values[place.at]);
      if (!isNew) continue;
      written += this.#bytes.copy(room, written, copied, from);
      written = place.isFamily ? written + room.write(place.text, written) : putAscii(room, place.text, written);
      place.to = written;
      copied = to;
    }
    return written + this.#bytes.copy(room, written, copied, this.#length);
  }
}

function changeText(place: Place, text = ''): boolean {
  if (text === place.text) return false;
  place.text = text;
  return true;
}

function changeValue(place: Place, value = NaN): boolean {
  if (Object.is(value, place.value)) return false;
  place.value = value;
  place.text = writeNumber(value);
  return true;
}

function putAscii(room: Buffer, text: string, start: number): number {
  for (let index = 0; index < text.length; index++) room[start + index] = text.charCodeAt(index);
  return start + text.length;
}

/** The places of a page, found by putting it together from its parts. */
class Layout {
  readonly places: Place[] = [];
  readonly #texts: string[] = [];
  #length = 0;

  add(rows: Columns, { families, omits, escaping }: PageParts): void {
    let name: string | undefined;
    let next = 0;
    for (const at of sortedPlaces(rows)) {
      const [metric, labelValues = [], value = NaN] = [rows.metrics[at], rows.labelValues[at], rows.values[at]];
      if (metric === undefined || omits(metric.name)) continue;
      if (metric.name !== name) {
        for (; (families[next]?.name ?? metric.name) < metric.name; next++) this.#addFamily(next, families, escaping);
        this.#write(rowHeader(metric));
        name = metric.name;
      }
      this.#write(rowStart(metric, labelValues, escaping));
      this.#addPlace(false, { at, value, text: writeNumber(value) });
      this.#write('\n');
    }
    for (; next < families.length; next++) this.#addFamily(next, families, escaping);
  }

  gives(page: Buffer): boolean {
    return Buffer.from(this.#texts.join('')).equals(page);
  }

  #addFamily(at: number, families: readonly MetricFamily[], escaping: EscapingScheme): void {
    this.#addPlace(true, { at, value: NaN, text: writeFamilies(families.slice(at, at + 1), escaping) });
  }

  /** All places are objects of one kind: V8 11 makes new hidden classes for copies to which something is added. */
  #addPlace(isFamily: boolean, { at, value, text }: Pick<Place, 'at' | 'value' | 'text'>): void {
    const from = this.#length;
    this.#write(text);
    this.places.push({ isFamily, at, value, text, from, to: this.#length });
  }

  #write(text: string): void {
    this.#texts.push(text);
    this.#length += Buffer.byteLength(text);
  }
}
