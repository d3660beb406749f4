import type { Steps } from '../../values/in-slices.js';
import type { MappingNode, ScalarNode, YamlNode } from './yaml-node.js';
import { resolveScalar } from './yaml-scalar.js';

/** A pair of a mapping whose key is text, as every key of a configuration must be. */
export interface TextPair {
  readonly key: string;
  readonly keyOffset: number;
  readonly value: YamlNode;
}

/** A key that occurs twice, or that is not allowed as a key. */
export interface PairProblem {
  readonly node: YamlNode;
  readonly key?: string;
  readonly message: string;
  /** The first of two equal keys. */
  readonly before?: YamlNode;
}

/** The pairs of a mapping, including those that it merges in by `<<`, and the mistakes in its keys. */
export interface MappingPairs {
  readonly pairs: ReadonlyMap<string, TextPair>;
  readonly problems: readonly PairProblem[];
  /** How many mappings stand in each other by `<<`; 0 where none is merged. */
  readonly levels: number;
}

/** More keys than any mapping needs. Later code processes a mapping in one piece in many places. */
const MOST_PAIRS = 40_000;

/** A pair takes less than a microsecond. */
const PAIRS_A_STEP = 64;

/** The most mappings that are merged into each other. Each has all the pairs of those below it. */
const MOST_LEVELS = 100;

/**
 * Reads the pairs of mappings as yaml.v3 does: own keys win over merged ones, earlier merged mappings win over later
 * ones, and a null key is dropped. A mapping is read once, however often it is merged.
 */
export class PairReader {
  readonly #visit: () => void;
  readonly #known = new Map<MappingNode, MappingPairs>();
  #pairs = 0;

  /** `visit` is called for each pair, and throws when a limit is reached. */
  constructor(visit: () => void) {
    this.#visit = visit;
  }

  *read(mapping: MappingNode, depth = 0): Steps<MappingPairs> {
    const known = this.#known.get(mapping);
    if (known !== undefined) return known;
    const read = yield* this.#read(mapping, depth);
    this.#known.set(mapping, read);
    return read;
  }

  *#read(mapping: MappingNode, depth: number): Steps<MappingPairs> {
    if (mapping.pairs.length > MOST_PAIRS) return tooMany(mapping);
    const problems: PairProblem[] = yield* duplicates(mapping);
    const pairs = new Map<string, TextPair>();
    const merges: YamlNode[] = [];
    for (const { key, value } of mapping.pairs) {
      if (this.#isDue()) yield;
      this.#visit();
      if (isMerge(key)) merges.push(value);
      else addPair(key, value, pairs, problems);
    }
    let levels = 0;
    for (const source of merges.flatMap((merge) => mergeSources(merge, problems))) {
      const merged = depth < MOST_LEVELS ? yield* this.read(source, depth + 1) : TOO_DEEP;
      levels = Math.max(levels, merged.levels + 1);
      yield* this.#merge(merged, pairs, problems);
    }
    if (levels === MOST_LEVELS) problems.push({ node: mapping, key: '<<', message: TOO_DEEP_MESSAGE });
    return { pairs, problems, levels };
  }

  #isDue(): boolean {
    return ++this.#pairs % PAIRS_A_STEP === 0;
  }

  *#merge(merged: MappingPairs, pairs: Map<string, TextPair>, problems: PairProblem[]): Steps<void> {
    for (const problem of merged.problems) {
      if (this.#isDue()) yield;
      this.#visit();
      problems.push(problem);
    }
    for (const pair of merged.pairs.values()) {
      if (this.#isDue()) yield;
      this.#visit();
      if (!pairs.has(pair.key)) pairs.set(pair.key, pair);
    }
  }
}

function tooMany(mapping: MappingNode): MappingPairs {
  const message = `more than ${MOST_PAIRS} keys in one mapping; split the file`;
  return { pairs: new Map(), problems: [{ node: mapping, message }], levels: 0 };
}

/** Stands for a mapping that is merged too deep: the mapping around it has as many levels as allowed. */
const TOO_DEEP: MappingPairs = { pairs: new Map(), problems: [], levels: MOST_LEVELS - 1 };
const TOO_DEEP_MESSAGE = `more than ${MOST_LEVELS} mappings are merged into each other; write some of them out`;

function addPair(key: YamlNode, value: YamlNode, pairs: Map<string, TextPair>, problems: PairProblem[]): void {
  if (key.kind !== 'scalar') {
    problems.push({ node: key, message: `a key is a ${key.kind}; it would have to be a plain text` });
    return;
  }
  const scalar = resolveScalar(key);
  if (scalar.type === 'invalid') problems.push({ node: key, message: `the key ${scalar.why}` });
  else if (scalar.type !== 'null') {
    const text = key.tag === '!!binary' && scalar.type === 'text' ? scalar.value : key.text;
    if (!pairs.has(text)) pairs.set(text, { key: text, keyOffset: key.offset, value });
  }
}

function* duplicates(mapping: MappingNode): Steps<PairProblem[]> {
  const first = new Map<string, ScalarNode>();
  const problems: PairProblem[] = [];
  let keys = 0;
  for (const { key } of mapping.pairs) {
    if (++keys % PAIRS_A_STEP === 0) yield;
    if (key.kind !== 'scalar') continue;
    const before = first.get(key.text);
    if (before === undefined) first.set(key.text, key);
    else problems.push({ node: key, key: key.text, message: 'the key is there twice', before });
  }
  return problems;
}

function isMerge(key: YamlNode): boolean {
  if (key.kind !== 'scalar' || key.text !== '<<') return false;
  return key.tag === '!!merge' || (key.plain && (key.tag === undefined || key.tag === '!'));
}

function mergeSources(merge: YamlNode, problems: PairProblem[]): readonly MappingNode[] {
  if (merge.kind === 'mapping') return [merge];
  const items = merge.kind === 'sequence' ? merge.items : [merge];
  return items.filter((item): item is MappingNode => {
    if (item.kind === 'mapping') return true;
    problems.push({
      node: item,
      key: '<<',
      message: 'only mappings can be merged; write `<<: *anchor` or `<<: [*one, *two]`',
    });
    return false;
  });
}
