import type { Steps } from '../../values/in-slices.js';
import type { MappingNode, ScalarNode, SequenceNode, YamlNode, YamlPair } from './yaml-node.js';

/**
 * A tree of nodes as a few large values, which go from one thread to another at once, however many nodes there are.
 * Each node is a row of numbers: its kind, its offset and its tag; then the length of its text, or how many others it
 * has and which. Nodes come after those that they have, the root last.
 */
export interface PackedTree {
  readonly numbers: Int32Array<ArrayBuffer>;
  /** The texts of all scalars in their order. */
  readonly text: string;
  readonly tags: readonly string[];
}

const KIND = { plain: 0, quoted: 1, sequence: 2, mapping: 3 } as const;
const NO_TAG = -1;

/** Packs a tree; a node that is there several times is packed once. */
export function packTree(root: YamlNode): PackedTree {
  const packer = new Packer();
  packer.add(root);
  return packer.packed();
}

class Packer {
  readonly #numbers: number[] = [];
  readonly #texts: string[] = [];
  readonly #tags = new Map<string, number>();
  readonly #known = new Map<YamlNode, number>();

  /** Returns the number of the node. Nodes are nested no deeper than parseYaml takes them. */
  add(node: YamlNode): number {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const others = membersOf(node).map((member) => this.add(member));
    if (node.kind === 'scalar') {
      this.#begin(node.plain ? KIND.plain : KIND.quoted, node);
      this.#numbers.push(node.text.length);
      this.#texts.push(node.text);
    } else {
      this.#begin(KIND[node.kind], node);
      this.#numbers.push(others.length);
      for (const other of others) this.#numbers.push(other);
    }
    const index = this.#known.size;
    this.#known.set(node, index);
    return index;
  }

  packed(): PackedTree {
    return { numbers: Int32Array.from(this.#numbers), text: this.#texts.join(''), tags: [...this.#tags.keys()] };
  }

  #begin(kind: number, { offset, tag }: YamlNode): void {
    let index = NO_TAG;
    if (tag !== undefined) {
      index = this.#tags.get(tag) ?? this.#tags.size;
      this.#tags.set(tag, index);
    }
    this.#numbers.push(kind, offset, index);
  }
}

function membersOf(node: YamlNode): readonly YamlNode[] {
  if (node.kind === 'scalar') return [];
  return node.kind === 'sequence' ? node.items : node.pairs.flatMap(({ key, value }) => [key, value]);
}

/** A node takes less than a microsecond. */
const NODES_A_STEP = 64;

/** Puts the tree together again, in steps of some nodes. */
export function* unpackTree({ numbers, text, tags }: PackedTree): Steps<YamlNode> {
  const nodes: YamlNode[] = [];
  let at = 0;
  let textAt = 0;
  const next = (): number => numbers[at++] ?? 0;
  const member = (): YamlNode => {
    const node = nodes[next()];
    if (node === undefined) throw new Error('Cannot unpack a node before those that it has');
    return node;
  };
  while (at < numbers.length) {
    if (nodes.length % NODES_A_STEP === 0) yield;
    const kind = next();
    const offset = next();
    const tag = tags[next()];
    const place = tag === undefined ? { offset } : { offset, tag };
    const count = next();
    if (kind === KIND.sequence) nodes.push(yield* sequence(place, count, member));
    else if (kind === KIND.mapping) nodes.push(yield* mapping(place, count / 2, member));
    else {
      const scalar = { text: text.slice(textAt, (textAt += count)), plain: kind === KIND.plain };
      nodes.push({ kind: 'scalar', ...place, ...scalar } satisfies ScalarNode);
    }
  }
  const root = nodes.at(-1);
  if (root === undefined) throw new Error('Cannot unpack a tree without nodes');
  return root;
}

type Place = Pick<YamlNode, 'offset' | 'tag'>;

function* sequence(place: Place, count: number, member: () => YamlNode): Steps<SequenceNode> {
  const items: YamlNode[] = [];
  while (items.length < count) {
    if (items.length % NODES_A_STEP === 0) yield;
    items.push(member());
  }
  return { kind: 'sequence', ...place, items };
}

function* mapping(place: Place, count: number, member: () => YamlNode): Steps<MappingNode> {
  const pairs: YamlPair[] = [];
  while (pairs.length < count) {
    if (pairs.length % NODES_A_STEP === 0) yield;
    pairs.push({ key: member(), value: member() });
  }
  return { kind: 'mapping', ...place, pairs };
}
