import { readFileSync } from 'node:fs';

/** AT_PAGESZ of getauxval(3). */
const PAGE_SIZE_ENTRY = 6n;

/**
 * Returns the size of a memory page, in bytes. The kernel gives it to each process in the auxiliary vector; Node has no
 * call for it. It is 4096 if that file does not exist.
 */
export function pageSizeBytes(): number {
  let vector: Buffer;
  try {
    vector = readFileSync('/proc/self/auxv');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 4096;
    throw error;
  }
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === PAGE_SIZE_ENTRY) return Number(vector.readBigUInt64LE(at + 8));
  }
  return 4096;
}
