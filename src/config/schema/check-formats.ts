import { sourceProblem } from '../../probe/checks/source-problem.js';
import { parseAddresses } from '../../probe/policy/address-sets.js';
import { compileHostPattern, compilePathPattern, parsePortRange } from '../../probe/policy/policy-patterns.js';
import { messageOf } from '../../values/as-error.js';
import { parseByteSize } from '../../values/byte-size.js';
import type { PathStep } from '../../values/config-error.js';
import { parseGoDuration, parsePrometheusDuration } from '../../values/duration.js';
import { goUrlProblem } from '../../values/go/go-url.js';
import { loopTurns } from '../../values/loop-turns.js';
import { ownEntries, ownValue } from '../../values/own-value.js';
import type { Finding } from './finding.js';
import { isContainer } from './places.js';
import type { Shape } from './shape.js';

/** Returns what is wrong with a text of some format and what would be right, or undefined if nothing is wrong. */
type FormatCheck = (text: string) => string | undefined | Promise<string | undefined>;

function durationProblem(text: string): string | undefined {
  return reason(
    () => parseGoDuration(text),
    (why) => `${JSON.stringify(text)} is an ${why}; write it as 5s, 1m30s or 500ms`,
  );
}

/** The formats that the schema files name. */
const FORMATS: Readonly<Record<string, FormatCheck>> = {
  'go-duration': durationProblem,
  'go-duration-or-0': durationProblem,
  'prometheus-duration': (text) =>
    parsePrometheusDuration(text) === undefined
      ? `${JSON.stringify(text)} is no duration; write it as 30s, 1m30s or 500ms`
      : undefined,
  'byte-size': (text) =>
    reason(
      () => parseByteSize(text),
      (why) => `${JSON.stringify(text)} is no size (${why}); write it as 512KB, 10MB or 1MiB512KiB`,
    ),
  'go-regexp': async (text) => {
    const why = await sourceProblem('regexp', text);
    return why === undefined ? undefined : `could not compile regular expression: ${why}`;
  },
  'go-url': (text) => {
    const why = goUrlProblem(text);
    return why === undefined ? undefined : `this is no URL (${why}); write it as http://host:port`;
  },
  'address-block': (text) => reason(() => parseAddresses(text), quoted(text)),
  'host-pattern': (text) => reason(() => compileHostPattern(text), quoted(text)),
  'port-range': (text) => reason(() => parsePortRange(text), quoted(text)),
  'path-pattern': (text) => reason(() => compilePathPattern(text), quoted(text)),
  cel: async (text) => {
    const why = await sourceProblem('cel', text);
    return why === undefined ? undefined : `could not compile CEL program: ${why}`;
  },
};

/** Checks every text that has a format. */
export async function checkFormats(root: unknown, shape: Shape): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const found of formattedTexts(root, shape, [])) {
    // Patterns by the thousand take longer than others may wait.
    if (loopTurns.isOver()) await loopTurns.next();
    if (found === undefined) continue;
    const { path, format, text } = found;
    const message = await ownValue(FORMATS, format)?.(text);
    if (message !== undefined) findings.push({ path, at: 'value', message });
  }
  return findings;
}

interface FormattedText {
  readonly path: readonly PathStep[];
  readonly format: string;
  readonly text: string;
}

/**
 * Yields the texts that have a format. It also yields undefined before each list or mapping, so that the search can be
 * interrupted.
 */
function* formattedTexts(
  value: unknown,
  shape: Shape,
  path: readonly PathStep[],
): Generator<FormattedText | undefined, void> {
  if (shape.kind === 'text') {
    if (shape.format !== undefined && typeof value === 'string') yield { path, format: shape.format, text: value };
    return;
  }
  if (!isContainer(value)) return;
  yield undefined;
  if (shape.kind === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* formattedTexts(item, shape.items, [...path, index]);
  } else if (shape.kind === 'map') {
    for (const [key, item] of ownEntries(value)) yield* formattedTexts(item, shape.values, [...path, key]);
  } else if (shape.kind === 'struct') {
    for (const [key, property] of shape.properties)
      yield* formattedTexts(ownValue(value, key), property, [...path, key]);
  }
}

function quoted(text: string): (why: string) => string {
  return (why) => `${JSON.stringify(text)}: ${why}`;
}

function reason(parse: () => unknown, describe: (why: string) => string): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return describe(messageOf(error));
  }
}
