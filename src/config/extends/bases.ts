import { createHash } from 'node:crypto';
import type { Steps } from '../../values/in-slices.js';

/** The values of a module in a file, and the same as they are shown. */
export interface GivenModule {
  readonly given: unknown;
  readonly shown: unknown;
}

/** A module of another file that modules can extend. */
export interface ForeignBase extends GivenModule {
  readonly file: string;
}

/** The modules of other files by name. */
export type ForeignBases = ReadonlyMap<string, ForeignBase>;

/** The bases of other files that a file uses: their names, and a checksum of their values. */
export type UsedBases = ReadonlyMap<string, string>;

/** The foreign bases of a file when no module extends one of another file. */
export const NO_BASES: ForeignBases = new Map();

/** Whether a file may have modules that extend others. */
export function mentionsExtends(text: string): boolean {
  return text.includes('extends');
}

/** A checksum of the values of a base; "" for one that is not there. */
export function baseChecksum(base: ForeignBase | undefined): string {
  return base === undefined ? '' : createHash('sha256').update(JSON.stringify(base.given)).digest('hex');
}

/** Whether the bases that a file has used are still what they were. */
export function* areBasesSame(used: UsedBases, bases: ForeignBases): Steps<boolean> {
  for (const [name, checksum] of used) {
    yield;
    if (baseChecksum(bases.get(name)) !== checksum) return false;
  }
  return true;
}
