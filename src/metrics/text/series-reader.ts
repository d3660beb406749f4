import { goQuoteByte } from '../../values/go/go-quote.js';
import { isLegacyName } from '../escape-name.js';
import type { Label } from '../metric-family.js';
import { parseFloatText } from '../parse-float.js';
import type { ParseMeter } from '../parse-limits.js';
import { LabelCache } from '../string-cache.js';
import type { OpenFamilies, SampleTarget } from './open-families.js';
import { citeText } from './text-parse-error.js';
import { QUOTE, type TextScanner } from './text-scanner.js';

/** Name and labels of a sample's line, before its value. */
export interface Series {
  readonly target: SampleTarget;
  readonly labels: readonly Label[];
  /** The value of the label `le` or `quantile`, where it is a bound; it is not in `labels` then. */
  readonly bound: number | undefined;
}

/** The names that may be quoted: only legacy names, or any UTF-8. */
export type AllowedNames = 'legacy' | 'utf-8';

const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const EQUALS = 0x3d;

const NO_LABELS: readonly Label[] = [];
/** From this many labels on, a set finds duplicates faster than a search. */
const MANY_LABELS = 16;
/** How many checked names are remembered. A body with more names is unusual. */
const NAMES_REMEMBERED = 10_000;
/** A byte that is not UTF-8 is decoded as half a surrogate pair. */
const UNPAIRED = /\p{Surrogate}/u;

/** Reads names and label sets: `name{label="value"}` and `{"name","label"="value"}`. */
export class SeriesReader {
  readonly #scanner: TextScanner;
  readonly #families: OpenFamilies;
  readonly #names: AllowedNames;
  readonly #meter: ParseMeter;
  readonly #allowed = new Set<string>();
  /** The labels of the current line. */
  readonly #labels: Label[] = [];
  readonly #shared = new LabelCache();
  #labelNames: Set<string> | undefined;
  #bound: number | undefined;

  constructor(
    scanner: TextScanner,
    { families, names, meter }: { families: OpenFamilies; names: AllowedNames; meter: ParseMeter },
  ) {
    this.#scanner = scanner;
    this.#families = families;
    this.#names = names;
    this.#meter = meter;
  }

  /** Reads up to the first byte of the value. Throws TextParseError. */
  read(): Series {
    const scanner = this.#scanner;
    if (scanner.byte() === OPEN) return this.#withLabels(undefined);
    const name = scanner.name('metric');
    if (name === '') throw scanner.failure('invalid metric name');
    const target = this.target(name);
    return scanner.skipBlanks() === OPEN ? this.#withLabels(target) : { target, labels: NO_LABELS, bound: undefined };
  }

  /** Finds the family that a metric name belongs to. */
  target(name: string): SampleTarget {
    if (!this.#isAllowed(name)) throw this.#scanner.failure(`invalid metric name ${citeText(name)}`);
    return this.#families.target(name);
  }

  /** Reads from the opening brace. If no name stands before the brace, one of the labels must be a bare metric name. */
  #withLabels(named: SampleTarget | undefined): Series {
    const scanner = this.#scanner;
    this.#labels.length = 0;
    this.#labelNames = undefined;
    this.#bound = undefined;
    let target = named;
    let next = COMMA;
    while (next !== CLOSE) {
      scanner.advance();
      if (scanner.skipBlanks() === CLOSE) break;
      const name = scanner.name('label');
      if (name === '') throw scanner.failure(`invalid label name for metric ${nameOf(target)}`);
      next = scanner.skipBlanks();
      if (next === EQUALS) next = this.#label(name, target);
      else target = this.#bareName(name, { next, isNamedBefore: named !== undefined, target });
    }
    scanner.advance();
    scanner.skipBlanks();
    if (target === undefined) throw scanner.failure('invalid metric name');
    if (named === undefined) this.#takeBound(target);
    // A list that grew has room for many more.
    return { target, labels: this.#labels.slice(), bound: this.#bound };
  }

  /** Takes a metric name that stands among the labels and is followed by `next`. */
  #bareName(
    name: string,
    { next, isNamedBefore, target }: { next: number; isNamedBefore: boolean; target: SampleTarget | undefined },
  ): SampleTarget {
    const failure = (problem: string): Error => this.#scanner.failure(problem);
    if (isNamedBefore) throw failure(`expected '=' after label name, found ${goQuoteByte(next)}`);
    if (target !== undefined) throw failure(`multiple metric names for metric ${nameOf(target)}`);
    if (next !== COMMA && next !== CLOSE) throw failure(`unexpected end of metric name ${goQuoteByte(next)}`);
    return this.target(name);
  }

  /** Reads from the equals sign. Returns the byte after the value: a comma or the closing brace. */
  #label(name: string, target: SampleTarget | undefined): number {
    const scanner = this.#scanner;
    if (name === '__name__') throw scanner.failure('label name "__name__" is reserved');
    if (!this.#isAllowed(name) || (this.#names === 'legacy' && name.includes(':'))) {
      throw scanner.failure(`invalid label name ${citeText(name)}`);
    }
    const isBound = name === target?.family.boundLabel;
    if (!isBound && this.#isKnown(name)) {
      throw scanner.failure(`duplicate label names for metric ${nameOf(target)}`);
    }
    this.#meter.label(this.#labels.length);
    scanner.advance();
    const quote = scanner.skipBlanks();
    if (quote !== QUOTE) {
      throw scanner.failure(`expected '"' at start of label value, found ${goQuoteByte(quote)}`);
    }
    const value = scanner.labelValue();
    if (isBound) this.#bound = this.#parseBound(name, value);
    else this.#labels.push(this.#shared.label(name, value));
    const next = scanner.skipBlanks();
    if (next !== COMMA && next !== CLOSE) throw scanner.failure(`unexpected end of label value ${citeText(value)}`);
    return next;
  }

  /** Takes the bound out of labels that were read before their family was known. */
  #takeBound({ family }: SampleTarget): void {
    const at = this.#labels.findIndex(({ name }) => name === family.boundLabel);
    const [bound] = at === -1 ? [] : this.#labels.splice(at, 1);
    if (bound !== undefined) this.#bound = this.#parseBound(bound.name, bound.value);
  }

  #parseBound(name: string, text: string): number {
    const bound = parseFloatText(text);
    if (bound === undefined) {
      throw this.#scanner.failure(`expected float as value for '${name}' label, got ${citeText(text)}`);
    }
    return bound;
  }

  #isKnown(name: string): boolean {
    if (this.#labels.length < MANY_LABELS) return this.#labels.some((label) => label.name === name);
    this.#labelNames ??= new Set(this.#labels.map((label) => label.name));
    const isKnown = this.#labelNames.has(name);
    this.#labelNames.add(name);
    return isKnown;
  }

  /** Names occur again with every line, so names that passed the check are remembered. */
  #isAllowed(name: string): boolean {
    this.#meter.name(name.length);
    if (this.#allowed.has(name)) return true;
    const isAllowed = this.#names === 'legacy' ? isLegacyName(name) : !UNPAIRED.test(name);
    if (isAllowed && this.#allowed.size < NAMES_REMEMBERED) this.#allowed.add(name);
    return isAllowed;
  }
}

function nameOf(target: SampleTarget | undefined): string {
  return citeText(target?.family.name ?? '');
}
