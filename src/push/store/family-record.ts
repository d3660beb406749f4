import type { Label, MetricFamily, Sample } from '../../metrics/metric-family.js';
import type { PushedFamily } from '../pushed-group.js';

/**
 * A series that is just a value with labels: the value, then the names and values of the labels in turn. This takes a
 * third of the space of an object. A number that JSON cannot represent is a text.
 */
type Row = readonly [value: number | string, ...labels: string[]];

/** A family as JSON. `samples` has rows, and objects for series that are more than a value with labels. */
interface StoredFamily extends Omit<MetricFamily, 'samples'> {
  readonly pushedAtSeconds: number;
  readonly samples: readonly (Row | object)[];
}

/**
 * Ends a line. JSON allows line feeds between values and never has them within a text, so that whoever reads a record
 * may take it line by line, or all of it as JSON.
 */
const LINE_FEED = 0x0a;
/** A line has so many series and labels, at least. */
const COST_A_LINE = 512;

/**
 * Writes a family as JSON, the payload of its record, in steps. Nothing is lost: JSON numbers are exact, and other
 * numbers are written as texts. Its series are in lines.
 */
export function* writeFamilyRecord({ family, pushedAtSeconds }: PushedFamily): Generator<undefined, Buffer> {
  const { samples, ...rest } = family;
  const head: StoredFamily = { ...rest, pushedAtSeconds, samples: [] };
  const lines = [Buffer.from(`${JSON.stringify(head).slice(0, -']}'.length)}\n`)];
  let line: (Row | object)[] = [];
  let cost = 0;
  for (const [index, sample] of samples.entries()) {
    line.push(writeSample(sample));
    cost += costOf(sample);
    const isLast = index === samples.length - 1;
    if (cost < COST_A_LINE && !isLast) continue;
    lines.push(Buffer.from(`${JSON.stringify(line).slice(1, -1)}${isLast ? '' : ','}\n`));
    [line, cost] = [[], 0];
    yield;
  }
  return Buffer.concat([...lines, Buffer.from(']}')]);
}

function costOf(sample: Sample): number {
  const own = 1 + sample.labels.length;
  return sample.kind === 'histogram' ? own + sample.buckets.length : own;
}

/** Reads the payload that `writeFamilyRecord` wrote, in steps, also one without lines. */
export function* readFamilyRecord(payload: Buffer): Generator<undefined, PushedFamily> {
  // The record's checksum has been verified, so this is what was written.
  const behindHead = payload.indexOf(LINE_FEED) + 1;
  const head = behindHead === 0 ? payload.toString() : `${payload.toString('utf8', 0, behindHead)}]}`;
  const { pushedAtSeconds, samples: stored, ...rest } = JSON.parse(head) as StoredFamily;
  const known = new KnownLabels();
  const samples: Sample[] = stored.map((sample) => readSample(sample, known));
  let from = behindHead;
  for (let to = payload.indexOf(LINE_FEED, from); from > 0 && to > 0; to = payload.indexOf(LINE_FEED, from)) {
    const line = payload.toString('utf8', from, payload[to - 1] === COMMA ? to - 1 : to);
    for (const sample of JSON.parse(`[${line}]`) as readonly (Row | object)[]) samples.push(readSample(sample, known));
    from = to + 1;
    yield;
  }
  return { pushedAtSeconds, family: { ...rest, samples } };
}

const COMMA = 0x2c;

function writeSample(sample: Sample): Row | object {
  const isPlain = sample.kind === 'value' && Object.keys(sample).length === 3;
  if (!isPlain) return withTexts(sample) as object;
  const row: [number | string, ...string[]] = [isJsonNumber(sample.value) ? sample.value : numberText(sample.value)];
  for (const { name, value } of sample.labels) row.push(name, value);
  return row;
}

function readSample(stored: Row | object, known: KnownLabels): Sample {
  // An object that writeSample made from a sample becomes that sample again.
  if (!isRow(stored)) return withNumbers(stored) as Sample;
  const labels: Label[] = [];
  for (let index = 1; index < stored.length; index += 2) {
    labels.push(known.label(String(stored[index]), String(stored[index + 1])));
  }
  return { kind: 'value', labels, value: Number(stored[0]) };
}

function isRow(stored: Row | object): stored is Row {
  return Array.isArray(stored);
}

/** Most series of a family share most of their labels, which this class stores once. */
class KnownLabels {
  readonly #lastOfName = new Map<string, Label>();

  label(name: string, value: string): Label {
    const last = this.#lastOfName.get(name);
    if (last?.value === value) return last;
    const label = { name: last?.name ?? name, value };
    this.#lastOfName.set(name, label);
    return label;
  }
}

function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The key of the object that replaces a number which JSON cannot represent. No object of a sample has this key. */
const NUMBER_KEY = 'number';

function withTexts(value: unknown): unknown {
  if (typeof value === 'number') return isJsonNumber(value) ? value : { [NUMBER_KEY]: numberText(value) };
  return mapMembers(value, withTexts);
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && NUMBER_KEY in value) return Number(value[NUMBER_KEY]);
  return mapMembers(value, withNumbers);
}

function mapMembers(value: unknown, map: (member: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member)]));
}
