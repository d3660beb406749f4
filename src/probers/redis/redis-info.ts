import { loopTurns } from '../../values/loop-turns.js';

/** A line of INFO: the section that it stands in, its field, and what stands behind the first colon. */
export interface InfoLine {
  readonly section: string;
  readonly field: string;
  readonly value: string;
}

/** After this many lines somebody else may be waiting for the event loop. */
const LINES_A_LOOK = 32;

/** Goes through the text of INFO line by line, in turns with other work. Lines without a colon are passed over. */
export async function eachLine(text: string, take: (line: InfoLine) => void): Promise<void> {
  let section = '';
  let start = 0;
  let turns = 0;
  for (let count = 1; start < text.length; count++) {
    if (count % LINES_A_LOOK === 0 && loopTurns.isOver()) await loopTurns.next(turns++);
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end).trim();
    start = end + 1;
    const colon = line.indexOf(':');
    if (line.startsWith('# ')) section = line.slice(2);
    else if (colon >= 0) take({ section, field: line.slice(0, colon), value: line.slice(colon + 1) });
  }
}

/** The most parts of a line that are read: more than any line of INFO has. */
const MOST_PARTS = 64;

/** Reads `calls=21,usec=175`; undefined if a part has no value. */
export function readPairs(text: string): ReadonlyMap<string, string> | undefined {
  const parts = text.split(',', MOST_PARTS).map((part) => part.split('=', 3));
  if (!parts.every((part) => part.length === 2)) return undefined;
  return new Map(parts.map(([key = '', value = '']) => [key, value]));
}
