import type { PathStep } from '../../values/config-error.js';
import type { Steps } from '../../values/in-slices.js';
import type { ConfigProblem } from '../config-problem.js';
import type { Shape } from '../schema/shape.js';
import type { YamlNode, YamlPair } from '../yaml/yaml-node.js';
import { expandReferences, referencesIn } from './reference-text.js';
import type { ResolvedReference } from './resolve-references.js';

/** Nodes with the values of their references, and the same as it is shown. */
export interface ExpandedNodes {
  readonly root: YamlNode;
  readonly shown: YamlNode;
  readonly problems: readonly ConfigProblem[];
  /** The paths of the values that have references, as JSON. */
  readonly paths: ReadonlySet<string>;
}

/** Finds all references of a document, and its `KEY_file` pairs for keys that have no such form of their own. */
export function* referencesOf(root: YamlNode, shape: Shape): Steps<readonly string[]> {
  const found: string[] = [];
  const collect = new Expansion((key) => {
    found.push(key);
    return { text: '' };
  });
  yield* collect.expand(root, shape, []);
  return found;
}

/** Expands the references of a document. References without a value are reported, and stay unexpanded. */
export function* expandNodes(
  root: YamlNode,
  shape: Shape,
  resolved: ReadonlyMap<string, ResolvedReference>,
): Steps<ExpandedNodes> {
  const expansion = new Expansion((key) => resolved.get(key) ?? { problem: 'it was not looked up' });
  const { node, shown } = yield* expansion.expand(root, shape, []);
  return { root: node, shown, problems: expansion.problems, paths: expansion.paths };
}

interface Both {
  readonly node: YamlNode;
  readonly shown: YamlNode;
}

interface BothPairs {
  readonly own: YamlPair;
  readonly shown: YamlPair;
}

/** A visit takes a microsecond or two. */
const VISITS_A_STEP = 32;

class Expansion {
  #visits = 0;
  readonly problems: ConfigProblem[] = [];
  readonly paths = new Set<string>();
  /** Aliases are the same node again, as a rule in places of the same shape. */
  readonly #known = new Map<YamlNode, Map<Shape | undefined, Both>>();
  readonly #valueOf: (key: string) => ResolvedReference;

  constructor(valueOf: (key: string) => ResolvedReference) {
    this.#valueOf = valueOf;
  }

  *expand(node: YamlNode, shape: Shape | undefined, path: readonly PathStep[]): Steps<Both> {
    const known = this.#known.get(node)?.get(shape);
    if (known !== undefined) return known;
    if (++this.#visits % VISITS_A_STEP === 0) yield;
    const made = yield* this.#make(node, shape, path);
    const ofNode = this.#known.get(node) ?? new Map<Shape | undefined, Both>();
    this.#known.set(node, ofNode.set(shape, made));
    return made;
  }

  *#make(node: YamlNode, shape: Shape | undefined, path: readonly PathStep[]): Steps<Both> {
    if (node.kind === 'scalar') return this.#scalar(node, shape, path);
    if (node.kind === 'sequence') {
      const inner = shape?.kind === 'list' ? shape.items : shape?.kind === 'any' ? shape : undefined;
      const items: Both[] = [];
      for (const [index, item] of node.items.entries()) items.push(yield* this.expand(item, inner, [...path, index]));
      if (items.every((item, index) => item.node === node.items[index])) return { node, shown: node };
      return {
        node: { ...node, items: items.map((item) => item.node) },
        shown: { ...node, items: items.map((item) => item.shown) },
      };
    }
    const pairs: BothPairs[] = [];
    for (const pair of node.pairs) pairs.push(yield* this.#pair(pair, shape, path));
    if (pairs.every(({ own }, index) => own === node.pairs[index])) return { node, shown: node };
    return {
      node: { ...node, pairs: pairs.map(({ own }) => own) },
      shown: { ...node, pairs: pairs.map(({ shown }) => shown) },
    };
  }

  *#pair(pair: YamlPair, shape: Shape | undefined, path: readonly PathStep[]): Steps<BothPairs> {
    const { key, value } = pair;
    const name = key.kind === 'scalar' ? key.text : '';
    const named = fileKey(name, shape);
    if (named !== undefined && key.kind === 'scalar' && value.kind === 'scalar' && value.text !== '') {
      const reference = { ...value, text: `\${FILE:${value.text}}`, plain: false };
      const inner = this.#scalar(reference, shapeAt(named, shape), [...path, named]);
      const renamed = { ...key, text: named };
      return { own: { key: renamed, value: inner.node }, shown: { key: renamed, value: inner.shown } };
    }
    const isMerge = name === '<<';
    const inner = yield* this.expand(value, isMerge ? shape : shapeAt(name, shape), isMerge ? path : [...path, name]);
    if (inner.node === value) return { own: pair, shown: pair };
    return { own: { key, value: inner.node }, shown: { key, value: inner.shown } };
  }

  #scalar(node: YamlNode & { kind: 'scalar' }, shape: Shape | undefined, path: readonly PathStep[]): Both {
    if (!node.text.includes('${')) return { node, shown: node };
    const keys = referencesIn(node.text);
    const text = expandReferences(node.text, (key) => {
      const value = this.#valueOf(key);
      if ('text' in value) return value.text;
      this.problems.push({ path, offset: node.offset, message: `\${${key}}: ${value.problem}` });
      return '';
    });
    if (keys.length === 0 && text === node.text) return { node, shown: node };
    if (keys.length > 0) this.paths.add(JSON.stringify(path));
    // A text stays a text with any value; an integer or boolean is parsed from the value.
    const isTyped = shape?.kind === 'integer' || shape?.kind === 'boolean';
    return { node: { ...node, text, plain: isTyped && node.plain }, shown: { ...node, plain: false } };
  }
}

function shapeAt(name: string, shape: Shape | undefined): Shape | undefined {
  if (shape?.kind === 'struct') return shape.properties.get(name);
  return shape?.kind === 'map' ? shape.values : shape?.kind === 'any' ? shape : undefined;
}

/** The key of a text whose value lies in a file, for `KEY_file` where the schema has no such key. */
function fileKey(name: string, shape: Shape | undefined): string | undefined {
  if (shape?.kind !== 'struct' || !name.endsWith('_file') || shape.properties.has(name)) return undefined;
  const key = name.slice(0, -'_file'.length);
  return shape.properties.get(key)?.kind === 'text' && key !== 'prober' && key !== 'extends' ? key : undefined;
}
