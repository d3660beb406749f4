const PERCENT = 0x25;
/** The value of characters that are no hexadecimal digits. */
const NO_DIGIT = -1;

/**
 * Decodes each `%XX` in bytes, in place, and returns what is left of them; a percent sign without two hexadecimal
 * digits stays. A text may be all escapes: each costs a few steps here, and as the match of a pattern some 300 bytes.
 */
export function decodeEscapes(bytes: Buffer): Buffer {
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === PERCENT) {
      const high = digitValue(bytes[at + 1]);
      const low = digitValue(bytes[at + 2]);
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

/** Digits are 0x30 to 0x39, letters 0x41 to 0x46 and 0x61 to 0x66. */
function digitValue(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NO_DIGIT;
}
