import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** A place in a stack: the file of a bundle, line and column. */
const PLACE = /(file:\/\/[^\s()]{1,4096}\/dist\/bundle\/[\w.-]{1,200}\.js):(\d{1,9}):(\d{1,9})/g;

const maps = new Map<string, SourceMap | undefined>();

/**
 * Returns the stack with places in the sources instead of the bundle, where the bundle's source maps exist. A map is
 * read when the first stack needs it, since Node's own way (`--enable-source-maps`) reads all at the start, and stacks
 * are logged for bugs only.
 */
export function sourceStack(stack: string): string {
  return stack.replace(PLACE, (place, file: string, line: string, column: string) => {
    // Lines and columns of stacks begin with 1, those of source maps with 0 (ECMA-426).
    const entry = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return place;
    const source = new URL(entry.originalSource, `${file}.map`).href;
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(new URL(`${file}.map`)));
  return maps.get(file);
}

function readMap(file: URL): SourceMap | undefined {
  try {
    // The build wrote the file.
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    return undefined;
  }
}
