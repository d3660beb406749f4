import type { Steps } from '../../values/in-slices.js';
import { EOS, huffmanCodes } from './huffman-code.js';

/** The bit of a step that ends a symbol. */
const EMITS = 0x1_0000;
/** The step of codes that nobody may send. */
const FAILS = -1;
const STEPS_PER_NODE = 16;
/** The bit of a leaf of the tree, which ends a code; the symbol is added to it. */
const LEAF = 0x1000;
/** A binary tree with 257 leaves has 256 inner nodes. */
const MOST_NODES = 256;
/** Padding is shorter than an octet (RFC 7541 §5.2). */
const LONGEST_PADDING_BITS = 7;

interface Decoder {
  /**
   * The steps for each node and the next four bits: the node that follows, and the symbol that ended meanwhile, if one
   * did. No code is shorter than five bits.
   */
  readonly steps: Int32Array;
  /** Whether a string may end at each node. */
  readonly mayEnd: Uint8Array;
}

const decoder = buildDecoder();

/** How far the decoding of a string has come. */
interface HuffmanState {
  node: number;
  /** The octets that have been decoded. */
  length: number;
}

/**
 * Decodes `bytes[start..end)` into `into`, which has room for 8/5 of it, and gives the number of octets; −1 if it is no
 * string of the code (the EOS symbol, padding that is too long or is not of ones).
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  const state = { node: 0, length: 0 };
  return decodePart(bytes.subarray(start, end), into, state) && mayEndIn(state) ? state.length : -1;
}

/** Decodes in steps, for long strings. */
export function* decodeHuffmanInSteps(bytes: Uint8Array, into: Uint8Array): Steps<number> {
  const state = { node: 0, length: 0 };
  for (let at = 0; at < bytes.length; at += BYTES_A_STEP) {
    yield;
    if (!decodePart(bytes.subarray(at, at + BYTES_A_STEP), into, state)) return -1;
  }
  return mayEndIn(state) ? state.length : -1;
}

/** The bytes of one step, which takes some hundred microseconds. */
const BYTES_A_STEP = 16 * 1024;

/** Whether a string of the code may end here. */
function mayEndIn({ node }: HuffmanState): boolean {
  return decoder.mayEnd[node] === 1;
}

/** Returns false where it is not of the code. */
function decodePart(bytes: Uint8Array, into: Uint8Array, state: HuffmanState): boolean {
  const { steps } = decoder;
  let { node, length } = state;
  for (const octet of bytes) {
    let step = steps[node * STEPS_PER_NODE + (octet >> 4)] ?? FAILS;
    if (step >= EMITS) into[length++] = (step >> 8) & 0xff;
    else if (step === FAILS) return false;
    step = steps[(step & 0xff) * STEPS_PER_NODE + (octet & 0xf)] ?? FAILS;
    if (step >= EMITS) into[length++] = (step >> 8) & 0xff;
    else if (step === FAILS) return false;
    node = step & 0xff;
  }
  state.node = node;
  state.length = length;
  return true;
}

/** The code as a tree: by node and next bit the node that follows, or LEAF + symbol; 0, the root, follows nothing. */
function buildTree(): Uint16Array {
  const tree = new Uint16Array(MOST_NODES * 2);
  let nodes = 1;
  for (const { symbol, bits, length } of huffmanCodes()) {
    let edge = bits >> (length - 1);
    for (let left = length - 2; left >= 0; left--) {
      if (tree[edge] === 0) tree[edge] = nodes++;
      edge = (tree[edge] ?? 0) * 2 + ((bits >> left) & 1);
    }
    tree[edge] = LEAF + symbol;
  }
  return tree;
}

function buildDecoder(): Decoder {
  const tree = buildTree();
  const steps = new Int32Array(MOST_NODES * STEPS_PER_NODE);
  for (let node = 0; node < MOST_NODES; node++) {
    for (let four = 0; four < STEPS_PER_NODE; four++) steps[node * STEPS_PER_NODE + four] = stepOf(tree, node, four);
  }
  const mayEnd = new Uint8Array(MOST_NODES);
  for (let node = 0, depth = 0; depth <= LONGEST_PADDING_BITS; depth++) {
    mayEnd[node] = 1;
    node = tree[node * 2 + 1] ?? 0;
  }
  return { steps, mayEnd };
}

function stepOf(tree: Uint16Array, from: number, four: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    node = tree[node * 2 + ((four >> bit) & 1)] ?? 0;
    if (node === LEAF + EOS) return FAILS;
    if (node < LEAF) continue;
    emitted = EMITS | ((node - LEAF) << 8);
    node = 0;
  }
  return emitted | node;
}
