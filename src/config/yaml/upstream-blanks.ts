import type { FlowRegions, TextRange } from './flow-regions.js';

/**
 * Replaces by blanks what yaml.v3 does not tell from them and js-yaml does, so that offsets stay the same: line breaks,
 * indentation and comments within brackets, braces and quotes, where yaml.v3 asks for no indentation, and tabs between
 * tokens (YAML 6.2). A tab in the indentation of a block is a mistake and stays one.
 */
export function asUpstreamReads(source: string, { closed, comments }: FlowRegions): string {
  const uncommented = replaceRanges(source, comments, (comment) => ' '.repeat(comment.length));
  const joined = replaceRanges(uncommented, closed, (region) => region.replaceAll(/[\t\r\n]/g, ' '));
  return joined.replaceAll(/^([ \t]+)|\t/gm, (_match, indentation?: string) => indentation ?? ' ');
}

/** Replaces parts of a text, which are in their order and do not overlap. */
export function replaceRanges(
  text: string,
  ranges: readonly TextRange[],
  replace: (part: string, range: TextRange) => string,
): string {
  const parts: string[] = [];
  let at = 0;
  for (const range of ranges) {
    parts.push(text.slice(at, range.start), replace(text.slice(range.start, range.end), range));
    at = range.end;
  }
  return [...parts, text.slice(at)].join('');
}
