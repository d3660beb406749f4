/** One element of DER (X.690): its tag byte, its content and the whole of it. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

/** Bytes that are not DER, or not what the reader was looking for. */
export class DerError extends Error {
  override readonly name: string = 'DerError';
}

const LONG_FORM = 0x80;

/** Reads the element at the start of `bytes`; throws DerError if it is cut, or in a form that DER does not have. */
export function readDer(bytes: Buffer): DerElement {
  const tag = bytes[0];
  const shortLength = bytes[1];
  if (tag === undefined || shortLength === undefined) throw new DerError('DER ends within a header');
  if ((tag & 0x1f) === 0x1f) throw new DerError('DER tag has more than one byte');
  let start = 2;
  let length = shortLength;
  if (shortLength >= LONG_FORM) {
    const size = shortLength - LONG_FORM;
    if (size === 0 || size > 4 || bytes.length < 2 + size) throw new DerError('DER length is not acceptable');
    length = bytes.readUIntBE(2, size);
    start += size;
  }
  const end = start + length;
  if (end > bytes.length) throw new DerError('DER ends within an element');
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(0, end) };
}

/** The elements that `content` consists of, in order; there are at most as many as half its bytes. */
export function derChildren(content: Buffer): DerElement[] {
  const children: DerElement[] = [];
  let rest = content;
  while (rest.length > 0) {
    const child = readDer(rest);
    children.push(child);
    rest = rest.subarray(child.whole.length);
  }
  return children;
}

/** The children of a constructed element with this tag; throws DerError if `element` is absent or another. */
export function derChildrenOf(element: DerElement | undefined, tag: number): DerElement[] {
  return derChildren(derContentOf(element, tag));
}

/** The content of an element with this tag; throws DerError if `element` is absent or another. */
export function derContentOf(element: DerElement | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new DerError(`DER has no element with tag ${tag} where it is due`);
  return element.content;
}

/** An object identifier in dotted notation; arcs beyond 2^53 lose digits. */
export function readObjectIdentifier(content: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length === 0) {
      const root = Math.min(Math.floor(arc / 40), 2);
      arcs.push(root, arc - root * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}
