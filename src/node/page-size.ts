import { readFileSync } from 'node:fs';

/** AT_PAGESZ of getauxval(3). */
const PAGE_SIZE_ENTRY = 6n;

/** The size of a memory page of this kernel: the kernel tells each process in its auxiliary vector; Node has no name for it. 4096 where there is no such file. */
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
