import { type Event, EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import type { ConfigProblem } from '../config-problem.js';
import { explainYamlError } from './explain-yaml.js';
import { flowRegions, type TextRange } from './flow-regions.js';
import { asUpstreamReads, replaceRanges } from './upstream-blanks.js';
import {
  type Refused,
  refusedAnchor,
  refusedCharacter,
  refusedDirective,
  refusedEmptyKey,
  refusedEscape,
  refusedKey,
  refusedTag,
} from './yaml-1-1.js';
import type { MappingNode, SequenceNode, YamlNode, YamlPair } from './yaml-node.js';

/** The first document of a YAML text, an empty document, or why the text is not YAML. */
export type ParsedYaml =
  | { readonly kind: 'document'; readonly root: YamlNode }
  | { readonly kind: 'empty' }
  | { readonly kind: 'malformed'; readonly problem: ConfigProblem };

/**
 * The deepest nesting that is accepted, far more than a configuration needs. It also bounds the recursion of every walk
 * through the tree.
 */
const MAX_DEPTH = 100;

/** Parses the first document of `text`. Like upstream, it ignores further documents. Offsets refer to `text`. */
export function parseYaml(text: string): ParsedYaml {
  const source = firstDocument(withLineFeeds(text));
  const refused = refusedCharacter(source) ?? refusedDirective(source);
  if (refused !== undefined) return { kind: 'malformed', problem: problemAt(refused.offset, refused.message) };
  const parsed = parseTree(source, source);
  if (parsed.kind !== 'malformed') return parsed;
  const regions = flowRegions(source);
  const second = parseTree(source, asUpstreamReads(source, regions));
  return second.kind !== 'malformed' || isBehind(second.problem, parsed.problem, source, regions.closed)
    ? second
    : parsed;
}

/**
 * Tells whether `second` is the mistake to show: it is behind `first`, and not merely what a forgotten quote or bracket
 * makes of the line that happens to close it.
 */
function isBehind(
  { offset: second = 0 }: ConfigProblem,
  { offset: first = 0 }: ConfigProblem,
  source: string,
  regions: readonly TextRange[],
): boolean {
  const around = regions.find((region) => region.start <= first && first < region.end);
  return second > first && (around === undefined || source.slice(around.end, second).includes('\n'));
}

/** Builds the tree of `parsed`, with the texts of scalars from `source`. Both texts have the same offsets. */
function parseTree(source: string, parsed: string): ParsedYaml {
  try {
    const root = new TreeBuilder(source).build(parseEvents(parsed, { maxDepth: MAX_DEPTH }));
    return root === undefined ? { kind: 'empty' } : { kind: 'document', root };
  } catch (error) {
    if (error instanceof YamlError) return { kind: 'malformed', problem: problemAt(error.offset, error.message) };
    if (!(error instanceof YAMLException)) throw error;
    const reason = error.reason.replace(/ exceeded maxDepth \((\d+)\)/, ' is deeper than $1 levels');
    const { offset, message } = explainYamlError(source, error.mark?.position ?? 0, reason);
    return { kind: 'malformed', problem: problemAt(offset, message) };
  }
}

function problemAt(offset: number, message: string): ConfigProblem {
  return { path: [], message: `not YAML: ${message}`, offset };
}

/**
 * Makes line feeds of NEL, LS and PS, which are line breaks in YAML 1.1 (5.4), which upstream reads; js-yaml reads 1.2.
 * In quotes, LS and PS are characters of the text. One character replaces one, so offsets stay the same.
 */
function withLineFeeds(text: string): string {
  const source = text.replaceAll('\u0085', '\n');
  if (!/[\u2028\u2029]/.test(source)) return source;
  const broken = source.replaceAll(/[\u2028\u2029]/g, '\n');
  return replaceRanges(broken, flowRegions(source).closed, (_part, { start, end }) => source.slice(start, end));
}

/** Cuts the text off before the second document. At the start of a line, `---` and `...` always separate documents. */
function firstDocument(text: string): string {
  let begun = false;
  // A byte order mark is not content. A line break takes its place, so offsets stay the same.
  const lines = /^(---|\.\.\.)(?=[ \t\r\n]|$)|^(?:[^\s#%]|[ \t]+[^\s#])/gm;
  for (const match of text.replace(/^\ufeff/, '\n').matchAll(lines)) {
    const marker = match[1];
    if (marker === undefined) begun = true;
    else if (begun) return text.slice(0, match.index);
    else begun = marker === '---';
  }
  return text;
}

function assertNone(refused: Refused | undefined): void {
  if (refused !== undefined) throw new YamlError(refused.message, refused.offset);
}

class YamlError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

type ScalarEvent = Extract<Event, { readonly type: typeof EVENT_ID.SCALAR }>;

/** A collection whose end has not been read yet. */
type Open =
  | { readonly items: YamlNode[]; readonly node: SequenceNode; readonly anchor: string | undefined }
  | {
      readonly pairs: YamlPair[];
      readonly node: MappingNode;
      readonly anchor: string | undefined;
      key: YamlNode | undefined;
    };

/** Builds the tree from the events of one document. */
class TreeBuilder {
  readonly #source: string;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #open: Open[] = [];
  #root: YamlNode | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  build(events: readonly Event[]): YamlNode | undefined {
    let documents = 0;
    for (const event of events) {
      if (event.type === EVENT_ID.DOCUMENT) documents++;
      if (documents > 1) break;
      this.#take(event);
    }
    return this.#root;
  }

  #take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        return;
      case EVENT_ID.POP:
        this.#close();
        return;
      case EVENT_ID.ALIAS:
        this.#add(this.#aliased(event.anchorStart, event.anchorEnd));
        return;
      case EVENT_ID.SCALAR:
        this.#addScalar(event);
        return;
      case EVENT_ID.SEQUENCE: {
        const items: YamlNode[] = [];
        const place = { offset: event.start, ...this.#tag(event.tagStart, event.tagEnd) };
        const node: SequenceNode = { kind: 'sequence', ...place, items };
        this.#begin({ items, node, anchor: this.#anchor(event.anchorStart, event.anchorEnd) });
        return;
      }
      case EVENT_ID.MAPPING: {
        const pairs: YamlPair[] = [];
        const place = { offset: event.start, ...this.#tag(event.tagStart, event.tagEnd) };
        const node: MappingNode = { kind: 'mapping', ...place, pairs };
        this.#begin({ pairs, node, key: undefined, anchor: this.#anchor(event.anchorStart, event.anchorEnd) });
      }
    }
  }

  #addScalar(event: ScalarEvent): void {
    const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    if (event.style === SCALAR_STYLE.DOUBLE_QUOTED) {
      assertNone(refusedEscape(this.#source, event.valueStart, event.valueEnd));
    }
    const start = event.valueStart < 0 ? this.#last.end : event.valueStart - (quoted ? 1 : 0);
    const node: YamlNode = {
      kind: 'scalar',
      offset: start,
      text: this.#textOf(event),
      plain: event.style === SCALAR_STYLE.PLAIN,
      ...this.#tag(event.tagStart, event.tagEnd),
    };
    const isKey = this.#awaitsKey;
    if (isKey) this.#checkKey(event, quoted ? 1 : 0);
    if (event.valueEnd > this.#last.end) this.#last = { end: event.valueEnd, isKey };
    this.#name(this.#anchor(event.anchorStart, event.anchorEnd), node);
    this.#add(node);
  }

  get #awaitsKey(): boolean {
    const parent = this.#open.at(-1);
    return parent !== undefined && 'pairs' in parent && parent.key === undefined;
  }

  /** `quotes` are the characters around the value at each end. */
  #checkKey({ valueStart, valueEnd, anchorStart, tagStart }: ScalarEvent, quotes: number): void {
    if (valueStart < 0) {
      if (anchorStart < 0 && tagStart < 0) this.#checkEmptyKey();
      return;
    }
    const starts = [valueStart - quotes, anchorStart - 1, tagStart].filter((start) => start >= 0);
    const start = Math.min(...starts);
    const problem = refusedKey(this.#source, start, valueEnd + quotes);
    if (problem !== undefined) throw new YamlError(problem, start);
  }

  /** Many empty keys may follow one text. */
  #checkEmptyKey(): void {
    if (this.#checkedBehind === this.#last.end) return;
    this.#checkedBehind = this.#last.end;
    assertNone(refusedEmptyKey(this.#source, this.#last.end, this.#last.isKey));
  }

  #checkedBehind = -1;

  /** The text of a scalar; in `source` it may have line breaks to fold where the parsed text had blanks. */
  #textOf(event: ScalarEvent): string {
    const folds = event.fast && this.#source.slice(event.valueStart, event.valueEnd).includes('\n');
    return getScalarValue(this.#source, folds ? { ...event, fast: false } : event);
  }

  /** The last scalar. Its end is the place of a missing one, such as the value of `key:`. */
  #last = { end: 0, isKey: false };

  #begin(open: Open): void {
    this.#open.push(open);
    // The name now belongs to this collection, which an alias may only use after its end.
    if (open.anchor !== undefined) this.#anchors.delete(open.anchor);
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined) return;
    this.#name(closed.anchor, closed.node);
    this.#add(closed.node);
  }

  #add(node: YamlNode): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = node;
    else if ('items' in parent) parent.items.push(node);
    else if (parent.key === undefined) parent.key = node;
    else {
      parent.pairs.push({ key: parent.key, value: node });
      parent.key = undefined;
    }
  }

  #anchor(start: number, end: number): string | undefined {
    if (start < 0) return undefined;
    const name = this.#source.slice(start, end);
    assertNone(refusedAnchor(name, start - 1));
    return name;
  }

  #name(anchor: string | undefined, node: YamlNode): void {
    if (anchor !== undefined) this.#anchors.set(anchor, node);
  }

  #aliased(start: number, end: number): YamlNode {
    const name = this.#source.slice(start, end);
    const node = this.#anchors.get(name);
    if (node !== undefined) return node;
    const inside = this.#open.some((open) => open.anchor === name);
    // A password that begins with a star is taken for an alias: its name is not told.
    const unknown = 'there is no such anchor before this alias; a text that begins with a star has to be in quotes';
    throw new YamlError(inside ? `the value of anchor "${name}" contains itself` : unknown, start);
  }

  #tag(start: number, end: number): { readonly tag?: string } {
    if (start < 0) return {};
    const tag = this.#source.slice(start, end);
    assertNone(refusedTag(tag, start));
    return { tag: tag.replace(/^!<(?:tag:yaml\.org,2002:)(.*)>$/, '!!$1').replace(/^!<(.*)>$/, '$1') };
  }
}
