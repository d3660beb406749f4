import { remembered } from '../values/remembered.js';
import { asciiReplacer } from '../values/replace-ascii.js';
import { escapeQuoted, type EscapingScheme, writeName } from './escape-name.js';
import type { MetricType } from './metric-definition.js';
import type { Label, MetricFamily } from './metric-family.js';

/** The text format has no type gauge_histogram. */
const WRITTEN_TYPES: Readonly<Record<MetricType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  summary: 'summary',
  untyped: 'untyped',
  histogram: 'histogram',
  gauge_histogram: 'histogram',
};

/** The header of a family, and of what it was made. */
interface KnownHeader {
  readonly help: string | undefined;
  readonly type: MetricType;
  readonly text: string;
}

/** The longest name, and the longest help, in characters, that is kept for the next text. */
const LONGEST_KEPT = 512;
/** Headers that are kept, for each way of escaping; when there would be more, all are forgotten. */
const HEADERS_KEPT = 4096;

/** Names and headers as they are written: what occurs in one text nearly always occurs in the next. */
class KnownTexts {
  readonly #escaping: EscapingScheme;
  readonly #headers = new Map<string, KnownHeader>();
  readonly #name;

  constructor(escaping: EscapingScheme) {
    this.#escaping = escaping;
    this.#name = remembered((name: string) => writeName(name, escaping));
  }

  name(name: string): string {
    return name.length > LONGEST_KEPT ? writeName(name, this.#escaping) : this.#name(name);
  }

  header({ name, help, type }: Omit<MetricFamily, 'samples'>): string {
    const known = this.#headers.get(name);
    if (known !== undefined && known.help === help && known.type === type) return known.text;
    const written = { name: this.name(name), type: WRITTEN_TYPES[type], ...(help !== undefined && { help }) };
    const text = writeHeader(written);
    if (name.length > LONGEST_KEPT || (help?.length ?? 0) > LONGEST_KEPT) return text;
    if (this.#headers.size >= HEADERS_KEPT) this.#headers.clear();
    this.#headers.set(name, { help, type, text });
    return text;
  }
}

const knownTexts = new Map<EscapingScheme, KnownTexts>();

function knownTextsFor(escaping: EscapingScheme): KnownTexts {
  let known = knownTexts.get(escaping);
  if (known === undefined) knownTexts.set(escaping, (known = new KnownTexts(escaping)));
  return known;
}

/** The names of one text. */
export class WrittenNames {
  readonly #known: KnownTexts;

  constructor(escaping: EscapingScheme) {
    this.#known = knownTextsFor(escaping);
  }

  name(name: string): string {
    return this.#known.name(name);
  }

  header(family: Omit<MetricFamily, 'samples'>): string {
    return this.#known.header(family);
  }

  /** The name and the labels of a series. A quoted name stands among the labels. */
  series(name: string, labels: readonly Label[]): string {
    const written = this.name(name);
    if (labels.length > 0 || written.startsWith('"')) return `${this.#opened(written, labels)}}`;
    return written;
  }

  /** The text of a series up to the value of its last label `extra`, which is not one of `labels`. */
  seriesUntil(name: string, labels: readonly Label[], extra: string): string {
    const written = this.name(name);
    if (labels.length > 0 || written.startsWith('"')) return `${this.#opened(written, labels)},${extra}="`;
    return `${written}{${extra}="`;
  }

  /** The name and the labels, of which there may be more. */
  #opened(written: string, labels: readonly Label[]): string {
    const isQuoted = written.startsWith('"');
    let text = isQuoted ? `{${written}` : written;
    let separator = isQuoted ? ',' : '{';
    for (const label of labels) {
      text += `${separator}${this.name(label.name)}="${escapeLabelValue(label.value)}"`;
      separator = ',';
    }
    return text;
  }
}

/** HELP and TYPE of a family whose name is written already. */
export function writeHeader({ name, help, type }: { name: string; help?: string; type: string }): string {
  const helpLine = help === undefined ? '' : `# HELP ${name} ${escapeHelp(help)}\n`;
  return `${helpLine}# TYPE ${name} ${type}\n`;
}

/** HELP text: backslash and line feed are escaped (exposition format 0.0.4). */
const escapeHelp = asciiReplacer(
  new Map([
    ['\\', '\\\\'],
    ['\n', '\\n'],
  ]),
);

const LABEL_VALUE_SPECIAL = /[\\"\n]/;

/** Label values: backslash, double quote and line feed are escaped (exposition format 0.0.4). */
export function escapeLabelValue(text: string): string {
  if (!LABEL_VALUE_SPECIAL.test(text)) return text;
  return escapeQuoted(text);
}
