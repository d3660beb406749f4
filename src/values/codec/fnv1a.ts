/** Returns the 32-bit FNV-1a hash of the bytes (RFC 9923), from 0 to 2^32-1: a number that a float holds exactly. */
export function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
