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
}

/**
 * Reads the pairs of a mapping as yaml.v3 does: own keys win over merged ones, earlier merged mappings win over later
 * ones, and a null key is dropped. `visit` is called for each pair, and throws when a limit is reached.
 */
export function readPairs(mapping: MappingNode, visit: () => void): MappingPairs {
  const problems: PairProblem[] = duplicates(mapping);
  const pairs = new Map<string, TextPair>();
  const merges: YamlNode[] = [];
  for (const { key, value } of mapping.pairs) {
    visit();
    if (isMerge(key)) merges.push(value);
    else addPair(key, value, pairs, problems);
  }
  for (const source of merges.flatMap((merge) => mergeSources(merge, problems))) {
    const merged = readPairs(source, visit);
    problems.push(...merged.problems);
    for (const pair of merged.pairs) if (!pairs.has(pair.key)) pairs.set(pair.key, pair);
  }
  return { pairs: [...pairs.values()], problems };
}

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
