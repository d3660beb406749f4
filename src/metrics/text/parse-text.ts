import { atOnce } from '../../values/in-slices.js';
import type { MetricType } from '../metric-definition.js';
import type { MetricFamily } from '../metric-family.js';
import { type ParseLimits, ParseMeter, UNLIMITED } from '../parse-limits.js';
import type { ReadAgain } from '../series-in-body.js';
import type { HeldFamily } from '../series-list.js';
import { OpenFamilies } from './open-families.js';
import { type OpenFamily, valueSample } from './open-family.js';
import { type AllowedNames, SeriesReader } from './series-reader.js';
import { cite, citeText } from './text-parse-error.js';
import { LINE_FEED, TextScanner } from './text-scanner.js';

/**
 * Parses the text format 0.0.4 in one pass, with the rules and error messages of prometheus/common's expfmt. Returns
 * the families in the order of their first lines, without families that have no samples.
 * Duplicate series are not detected. Throws TextParseError, and ParseLimitError if the input exceeds `limits`.
 */
export function parseText(body: Buffer, options: TextParseOptions): MetricFamily[] {
  return atOnce(parseTextSteps(body, options));
}

/** The names that a text may have, and the most of everything. */
export interface TextParseOptions {
  readonly names: AllowedNames;
  readonly limits?: ParseLimits;
}

/** How many lines, or bytes, are read between two moments at which the caller may let other work run. */
const LINES_A_STEP = 64;
const BYTES_A_STEP = 64 * 1024;

/** Does what `parseText` does in steps, for input that may be long. */
export function* parseTextSteps(body: Buffer, options: TextParseOptions): Generator<undefined, MetricFamily[]> {
  const families = yield* readLines(body, options, undefined);
  return yield* families.families();
}

/**
 * Parses like `parseTextSteps`, but leaves values with labels in the body, which must not change afterwards. Each is
 * parsed again when a caller reaches it. Summaries and histograms become objects, since their lines may be anywhere.
 */
export function* parseTextInPlace(body: Buffer, options: TextParseOptions): Generator<undefined, HeldFamily[]> {
  let again: ReadAgain | undefined;
  const read: ReadAgain = (place) => {
    again ??= readerAgain(body, options, families);
    return again(place);
  };
  const families: OpenFamilies = yield* readLines(body, options, read);
  return yield* families.heldFamilies();
}

function* readLines(
  body: Buffer,
  { names, limits = UNLIMITED }: TextParseOptions,
  readAgain: ReadAgain | undefined,
): Generator<undefined, OpenFamilies> {
  const scanner = new TextScanner(body);
  const meter = new ParseMeter(limits);
  const families = new OpenFamilies(meter, readAgain);
  const series = new SeriesReader(scanner, { families, names, meter });
  let lines = 0;
  let start = 0;
  for (let byte = scanner.nextLine(); byte !== undefined; byte = scanner.nextLine()) {
    if (++lines >= LINES_A_STEP || scanner.place - start >= BYTES_A_STEP) {
      yield;
      lines = 0;
      start = scanner.place;
    }
    if (byte === LINE_FEED) scanner.advance();
    else if (byte === HASH) readComment(scanner, series);
    else readSample(scanner, series);
  }
  return families;
}

/** Reads lines with a value that were read before. */
function readerAgain(body: Buffer, { names }: TextParseOptions, families: OpenFamilies): ReadAgain {
  const scanner = new TextScanner(body);
  const series = new SeriesReader(scanner, { families, names, meter: new ParseMeter(UNLIMITED) });
  return (place) => {
    scanner.goBack(place);
    const { labels } = series.read();
    return valueSample(labels, scanner.float('expected float as value'), timestampOf(scanner));
  };
}

const HASH = 0x23;
const SPACE = 0x20;
const TAB = 0x09;

/** Reads HELP and TYPE lines. Other comments are skipped, and so are HELP and TYPE lines that end early. */
function readComment(scanner: TextScanner, series: SeriesReader): void {
  scanner.advance();
  scanner.skipBlanks();
  const keyword = scanner.word().toString('latin1');
  if (keyword !== 'HELP' && keyword !== 'TYPE') {
    scanner.skipLine();
    return;
  }
  scanner.skipBlanks();
  const name = scanner.name('metric');
  const next = scanner.byte();
  if (next !== LINE_FEED) {
    if (next !== SPACE && next !== TAB) throw scanner.failure('invalid metric name in comment');
    const { family } = series.target(name);
    if (scanner.skipBlanks() !== LINE_FEED) {
      if (keyword === 'HELP') readHelp(scanner, family);
      else readType(scanner, family);
      return;
    }
  }
  scanner.advance();
}

function readHelp(scanner: TextScanner, family: OpenFamily): void {
  if (family.help !== undefined) throw scanner.failure(`second HELP line for metric name ${citeText(family.name)}`);
  family.help = scanner.help();
}

const TYPES: ReadonlyMap<string, MetricType> = new Map([
  ['COUNTER', 'counter'],
  ['GAUGE', 'gauge'],
  ['SUMMARY', 'summary'],
  ['UNTYPED', 'untyped'],
  ['HISTOGRAM', 'histogram'],
  ['GAUGE_HISTOGRAM', 'gauge_histogram'],
  ['GAUGEHISTOGRAM', 'gauge_histogram'],
]);

function readType(scanner: TextScanner, family: OpenFamily): void {
  if (family.type !== undefined) {
    const name = citeText(family.name);
    throw scanner.failure(`second TYPE line for metric name ${name}, or TYPE reported after samples`);
  }
  const word = scanner.restOfLine();
  const type = TYPES.get(word.toString('utf8').toUpperCase());
  if (type === undefined) throw scanner.failure(`unknown metric type ${cite(word)}`);
  family.type = type;
}

function readSample(scanner: TextScanner, reader: SeriesReader): void {
  const { place } = scanner;
  const { target, labels, bound } = reader.read();
  const value = scanner.float('expected float as value');
  const line = { part: target.part, labels, bound, value, place };
  const problem = target.family.problemWith(line);
  if (problem !== undefined) throw scanner.failure(problem);
  target.family.add(line, timestampOf(scanner));
  scanner.advance();
}

/** Reads what is behind the value; afterwards the scanner is at the line feed. */
function timestampOf(scanner: TextScanner): number | undefined {
  if (scanner.byte() === LINE_FEED) return undefined;
  scanner.skipBlanks();
  return readTimestamp(scanner);
}

const INTEGER = /^([+-]?)0*(\d{1,19})$/;
const LARGEST_INT64 = 2n ** 63n - 1n;

/** Reads milliseconds since 1970; beyond 2^53 they are rounded. Afterwards the scanner is at the line feed. */
function readTimestamp(scanner: TextScanner): number {
  const word = scanner.word();
  const [, sign = '', digits = ''] = INTEGER.exec(word.toString('latin1')) ?? [];
  const magnitude = BigInt(digits);
  if (digits === '' || magnitude > LARGEST_INT64 + (sign === '-' ? 1n : 0n)) {
    throw scanner.failure(`expected integer as timestamp, got ${cite(word)}`);
  }
  if (scanner.byte() !== LINE_FEED) {
    throw scanner.failure(`spurious string after timestamp: ${cite(scanner.restOfLine())}`);
  }
  return Number(sign === '-' ? -magnitude : magnitude);
}
