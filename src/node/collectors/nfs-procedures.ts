import { linesOf, wordsOf } from '../lines.js';
import { parseWhole } from '../numbers.js';

/** Version 2 (RFC 1094), in the order of its numbers. */
export const NFS2_PROCEDURES: readonly string[] = [
  ...['Null', 'GetAttr', 'SetAttr', 'Root', 'Lookup', 'ReadLink', 'Read', 'WrCache', 'Write', 'Create', 'Remove'],
  ...['Rename', 'Link', 'SymLink', 'MkDir', 'RmDir', 'ReadDir', 'FsStat'],
];

/** Version 3 (RFC 1813), in the order of its numbers. */
export const NFS3_PROCEDURES: readonly string[] = [
  ...['Null', 'GetAttr', 'SetAttr', 'Lookup', 'Access', 'ReadLink', 'Read', 'Write', 'Create', 'MkDir', 'SymLink'],
  ...['MkNod', 'Remove', 'RmDir', 'Rename', 'Link', 'ReadDir', 'ReadDirPlus', 'FsStat', 'FsInfo', 'PathConf', 'Commit'],
];

/** Reads /proc/net/rpc/nfs and nfsd: each line begins with the name of its numbers. */
export function readRpcLines(text: string): ReadonlyMap<string, readonly number[]> {
  return new Map(
    linesOf(text).map((line) => {
      const [name = '', ...numbers] = wordsOf(line);
      // Times of threads have decimal points; no metric needs them.
      return [name, numbers.map((number) => (number.includes('.') ? NaN : parseWhole(number)))];
    }),
  );
}

/**
 * The counts after the first number, which is how many there are, by the names of the procedures. Procedures that this
 * kernel does not count are 0, as upstream has it.
 */
export function countsByName(
  numbers: readonly number[] | undefined,
  procedures: readonly string[],
): (readonly [method: string, count: number])[] {
  const [, ...counts] = numbers ?? [];
  return procedures.flatMap((method, index) => (method === '' ? [] : [[method, counts[index] ?? 0] as const]));
}
