import { NoData } from './collector.js';
import { type FileTree, isAbsent, isWithoutValue } from './host-files.js';
import { parseInteger, parseWhole } from './numbers.js';

/** Returns the names in a folder, sorted. Throws NoData if the folder does not exist or cannot be read. */
export function namesOrNoData(tree: FileTree, path: string): readonly string[] {
  try {
    return tree.names(path);
  } catch (error) {
    if (isWithoutValue(error)) throw new NoData(`${tree.root}/${path} cannot be listed`, { cause: error });
    throw error;
  }
}

/** Returns the content of a file. Throws NoData if the file does not exist. */
export function textOrNoData(tree: FileTree, path: string): string {
  try {
    return tree.text(path);
  } catch (error) {
    if (isAbsent(error)) throw new NoData(`there is no ${tree.root}/${path}`, { cause: error });
    throw error;
  }
}

/** Returns a whole number from zero up, undefined if there is no value, or NaN for any other text. */
export function wholeIfAny(tree: FileTree, path: string): number | undefined {
  return numberIn(tree.value(path), parseWhole);
}

/** Returns a whole number that may be negative, undefined if there is no value, or NaN for any other text. */
export function integerIfAny(tree: FileTree, path: string): number | undefined {
  return numberIn(tree.value(path), parseInteger);
}

/** Like integerIfAny, but without blocking the event loop while the device is queried. */
export async function integerLater(tree: FileTree, path: string): Promise<number | undefined> {
  return numberIn(await tree.valueLater(path), parseInteger);
}

function numberIn(text: string | undefined, parse: (text: string) => number): number | undefined {
  return text === undefined || text === '' ? undefined : parse(text);
}
