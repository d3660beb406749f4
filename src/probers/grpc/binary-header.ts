const ALPHABET = /[^A-Za-z0-9+/]/;

/**
 * Decodes the value of a header whose name ends in `-bin` as grpc-go does: Base64 with padding if its length is a
 * multiple of four, without otherwise. Returns the problem where it is neither, in Go's words.
 */
export function decodeBinaryHeader(text: string): Buffer | string {
  const padding = text.length % 4 === 0 ? (/={1,2}$/.exec(text)?.[0].length ?? 0) : 0;
  const digits = text.slice(0, text.length - padding);
  const odd = ALPHABET.exec(digits);
  if (odd !== null) return problemAt(odd.index);
  return digits.length % 4 === 1 ? problemAt(digits.length) : Buffer.from(digits, 'base64');
}

function problemAt(index: number): string {
  return `illegal base64 data at input byte ${index}`;
}
