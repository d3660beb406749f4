import { isAbsent, isWithoutValue } from './host-files.js';
import type { FileTree } from './host-files.js';
import { NoData } from './collector.js';
import { parseInteger, parseWhole } from './numbers.js';

/** The names in a folder, sorted; throws NoData where the host has no such folder or does not let us look into it. */
export function namesOrNoData(tree: FileTree, path: string): readonly string[] {
  try {
    return tree.names(path);
  } catch (error) {
    if (isWithoutValue(error)) throw new NoData(`${tree.root}/${path} cannot be listed`, { cause: error });
    throw error;
  }
}

/** The content of a file; throws NoData where the host has no such file. */
export function textOrNoData(tree: FileTree, path: string): string {
  try {
    return tree.text(path);
  } catch (error) {
    if (isAbsent(error)) throw new NoData(`there is no ${tree.root}/${path}`, { cause: error });
    throw error;
  }
}

/** A whole number from zero up; undefined where there is none to be had, NaN for what is no such number. */
export function wholeIfAny(tree: FileTree, path: string): number | undefined {
  return numberIn(tree.value(path), parseWhole);
}

/** A whole number that may be negative; undefined where there is none to be had, NaN for what is no such number. */
export function integerIfAny(tree: FileTree, path: string): number | undefined {
  return numberIn(tree.value(path), parseInteger);
}

/** As integerIfAny, without holding up everything else while a device is asked. */
export async function integerLater(tree: FileTree, path: string): Promise<number | undefined> {
  return numberIn(await tree.valueLater(path), parseInteger);
}

function numberIn(text: string | undefined, parse: (text: string) => number): number | undefined {
  return text === undefined || text === '' ? undefined : parse(text);
}
