/** Numbers that lengths, counts and types break at. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** What separates, nests or ends something in one of the formats. */
const TOKENS = [
  '\r\n',
  '\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '"',
  "'",
  '\\',
  '%',
  '#',
  '&',
  '*',
  '!',
  '-',
  '+Inf',
  'NaN',
  '1e999',
  '\ud800',
  '\ufeff',
  '\x80',
  'é',
  '🦊',
  '__proto__',
  'constructor',
];

type Change = (bytes: Buffer, random: () => number, others: readonly Buffer[]) => Buffer;

const at = (length: number, random: () => number): number => Math.floor(random() * length);

function put(bytes: Buffer, start: number, end: number, between: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), between, bytes.subarray(end)]);
}

const CHANGES: readonly Change[] = [
  // One bit, one byte.
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const index = at(copy.length, random);
    if (copy.length > 0) copy[index] = copy[index]! ^ (1 << at(8, random));
    return copy;
  },
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at(copy.length, random)] = at(256, random);
    return copy;
  },
  // A number of one, two or four bytes.
  (bytes, random) => {
    const size = [1, 2, 4][at(3, random)] ?? 1;
    const number = Buffer.alloc(4);
    number.writeUInt32BE(EDGES[at(EDGES.length, random)] ?? 0);
    const place = at(bytes.length + 1, random);
    return put(bytes, place, Math.min(bytes.length, place + size), number.subarray(4 - size));
  },
  // Something goes, comes twice, or many times.
  (bytes, random) => {
    const start = at(bytes.length, random);
    return put(bytes, start, Math.min(bytes.length, start + 1 + at(32, random)), Buffer.alloc(0));
  },
  (bytes, random) => {
    const start = at(bytes.length, random);
    const part = bytes.subarray(start, start + 1 + at(64, random));
    return put(bytes, start, start, part);
  },
  (bytes, random) => {
    const start = at(bytes.length, random);
    const part = bytes.subarray(start, start + 1 + at(8, random));
    return put(bytes, start, start, Buffer.concat(Array.from({ length: 1 + at(256, random) }, () => part)));
  },
  // The end is missing.
  (bytes, random) => Buffer.from(bytes.subarray(0, at(bytes.length, random))),
  // A token comes in.
  (bytes, random) => {
    const place = at(bytes.length + 1, random);
    return put(bytes, place, place, Buffer.from(TOKENS[at(TOKENS.length, random)] ?? ''));
  },
  // The beginning of one, the end of another.
  (bytes, random, others) => {
    const other = others[at(others.length, random)] ?? bytes;
    return Buffer.concat([bytes.subarray(0, at(bytes.length, random)), other.subarray(at(other.length, random))]);
  },
];

/** Changes `bytes` in one to eight places; always the same for the same random numbers. */
export function mutate(bytes: Buffer, random: () => number, others: readonly Buffer[]): Buffer {
  let changed = bytes;
  const count = 1 + at(8, random);
  for (let step = 0; step < count; step++) {
    const change = CHANGES[at(CHANGES.length, random)];
    if (change !== undefined) changed = change(changed, random, others);
  }
  return changed;
}
