import type { Label } from '../metrics/metric-family.js';
import { compileGoRegexp, type GoRegexp } from '../values/go/go-regexp.js';
import type { GroupingKey } from './pushed-group.js';

/** Selects groups by their grouping labels. */
export interface GroupSelector {
  readonly matches: (key: GroupingKey) => boolean;
}

type Matcher = (labels: readonly Label[]) => boolean;

const OPERATOR = /^\s*(=~|!~|!=|=)\s*/;
const NAME = /^\s*([a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*/s;
const QUOTED = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`)\s*/s;
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({ n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" }),
);

/**
 * Parses a selector in PromQL's syntax without a metric name: `{job="a",instance=~"b.*"}`, with optional braces. As in
 * PromQL, an absent label equals an empty one, patterns match whole values, and a selector that would match everything
 * is refused. Throws an Error that says what is wrong.
 */
export function parseGroupSelector(text: string): GroupSelector {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1] ?? text;
  const matchers: Matcher[] = [];
  let rest = inner.trimStart();
  while (rest !== '') {
    const { matcher, after } = readMatcher(rest, text);
    matchers.push(matcher);
    if (after !== '' && !after.startsWith(',')) throw new Error(problemAt(text, `expected a comma before "${after}"`));
    rest = after.slice(1).trimStart();
  }
  if (matchers.every((matcher) => matcher([]))) {
    throw new Error(problemAt(text, 'at least one matcher must not match the empty text'));
  }
  return { matches: ({ labels }) => matchers.every((matcher) => matcher(labels)) };
}

function readMatcher(rest: string, text: string): { readonly matcher: Matcher; readonly after: string } {
  const name = NAME.exec(rest);
  if (name === null) throw new Error(problemAt(text, `expected a label name at "${rest}"`));
  const behindName = rest.slice(name[0].length);
  const operator = OPERATOR.exec(behindName);
  if (operator === null) throw new Error(problemAt(text, `expected =, !=, =~ or !~ at "${behindName}"`));
  const behindOperator = behindName.slice(operator[0].length);
  const value = QUOTED.exec(behindOperator);
  if (value === null) throw new Error(problemAt(text, `expected a value in quotes at "${behindOperator}"`));
  const [written = ''] = name.slice(1);
  const label = QUOTED.test(written) ? unquote(QUOTED.exec(written)) : written;
  const matcher = matcherOf(label, operator[1] ?? '', unquote(value));
  return { matcher, after: behindOperator.slice(value[0].length) };
}

function unquote(match: RegExpExecArray | null): string {
  const [, double, single, raw] = match ?? [];
  if (raw !== undefined) return raw;
  return (double ?? single ?? '').replace(/\\(.)/gs, (_escape, character: string) => {
    const meant = ESCAPES.get(character);
    if (meant === undefined) throw new Error(`unknown escape \\${character} in a quoted value`);
    return meant;
  });
}

function matcherOf(name: string, operator: string, value: string): Matcher {
  const of = (labels: readonly Label[]): string => labels.find((label) => label.name === name)?.value ?? '';
  switch (operator) {
    case '=':
      return (labels) => of(labels) === value;
    case '!=':
      return (labels) => of(labels) !== value;
    default: {
      const pattern = wholeValue(value);
      const wanted = operator === '=~';
      return (labels) => pattern.test(of(labels)) === wanted;
    }
  }
}

/** Anchors a pattern as Prometheus does; a dot also matches line feeds. */
function wholeValue(pattern: string): GoRegexp {
  return compileGoRegexp(`^(?s:${pattern})$`);
}

function problemAt(text: string, problem: string): string {
  return `cannot read the selector ${text}: ${problem}`;
}
