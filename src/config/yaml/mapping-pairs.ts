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
  readonly pairs: readonly TextPair[];
  readonly problems: readonly PairProblem[];
  /** How many mappings stand in each other by `<<`; 0 where none is merged. */
  readonly levels: number;
}

/** The most mappings that are merged into each other. Each has all the pairs of those below it. */
const MOST_LEVELS = 100;

/**
 * Reads the pairs of mappings as yaml.v3 does: own keys win over merged ones, earlier merged mappings win over later
 * ones, and a null key is dropped. A mapping is read once, however often it is merged.
 */
export class PairReader {
  readonly #visit: () => void;
  readonly #known = new Map<MappingNode, MappingPairs>();

  /** `visit` is called for each pair, and throws when a limit is reached. */
  constructor(visit: () => void) {
    this.#visit = visit;
  }

  read(mapping: MappingNode, depth = 0): MappingPairs {
    const known = this.#known.get(mapping);
    if (known !== undefined) return known;
    const read = this.#read(mapping, depth);
    this.#known.set(mapping, read);
    return read;
  }

  #read(mapping: MappingNode, depth: number): MappingPairs {
    const problems: PairProblem[] = duplicates(mapping);
    const pairs = new Map<string, TextPair>();
    const merges: YamlNode[] = [];
    for (const { key, value } of mapping.pairs) {
      this.#visit();
      if (isMerge(key)) merges.push(value);
      else addPair(key, value, pairs, problems);
    }
    let levels = 0;
    for (const source of merges.flatMap((merge) => mergeSources(merge, problems))) {
      const merged = depth < MOST_LEVELS ? this.read(source, depth + 1) : TOO_DEEP;
      levels = Math.max(levels, merged.levels + 1);
      for (const problem of merged.problems) {
        this.#visit();
        problems.push(problem);
      }
      for (const pair of merged.pairs) {
        this.#visit();
        if (!pairs.has(pair.key)) pairs.set(pair.key, pair);
      }
    }
    if (levels === MOST_LEVELS) problems.push({ node: mapping, key: '<<', message: TOO_DEEP_MESSAGE });
    return { pairs: [...pairs.values()], problems, levels };
  }
}

/** In the place of one that is merged too deep: the mapping around it has as many levels as there may be. */
const TOO_DEEP: MappingPairs = { pairs: [], problems: [], levels: MOST_LEVELS - 1 };
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

function duplicates(mapping: MappingNode): PairProblem[] {
  const first = new Map<string, ScalarNode>();
  const problems: PairProblem[] = [];
  for (const { key } of mapping.pairs) {
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
