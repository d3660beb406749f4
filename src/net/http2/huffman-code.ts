/**
 * The length of the code of each octet, in bits, and at last that of EOS (RFC 7541 appendix B). The lengths define the
 * whole code: shorter codes come first, and codes of one length follow each other in the order of their symbols.
 */
const CODE_LENGTHS = `
  13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
  6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
  13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
  15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
  20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
  22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
  26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
  20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
  30`;

/** The end-of-string symbol, which no string may contain. */
export const EOS = 256;

/** The code of one symbol: `bits` holds the lowest `length` bits. */
export interface HuffmanCode {
  /** 0 to 255, or EOS. */
  readonly symbol: number;
  readonly bits: number;
  readonly length: number;
}

/** The code of every symbol, the shortest first. */
export function huffmanCodes(): readonly HuffmanCode[] {
  const lengths = CODE_LENGTHS.trim().split(/\s+/).map(Number);
  const symbols = lengths.map((length, symbol) => ({ symbol, length }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  let bits = 0;
  let before = 0;
  return symbols.map(({ symbol, length }) => {
    bits <<= length - before;
    before = length;
    return { symbol, length, bits: bits++ };
  });
}
