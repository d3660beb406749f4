import { HttpError } from '../../http/answers/http-reply.js';
import type { WebRequest } from '../../http/exchange.js';
import { queryValues } from '../../http/routes/query-parameters.js';
import { AGGREGATION_MODES, type AggregationMode } from '../../push/aggregate.js';
import type { GroupingKey } from '../../push/pushed-group.js';
import { parseGoDuration } from '../../values/duration.js';
import { compileGoRegexp, type GoRegexp } from '../../values/go/go-regexp.js';

/** Pushes to jobs that the pattern (RE2, the whole value) matches are aggregated without asking for it. */
export interface AggregationRule {
  readonly job: string;
  readonly mode: AggregationMode;
}

/** The settings for pushes that do not choose them themselves. */
export interface PushDefaults {
  /** The time that groups stay; absent if they stay for ever. */
  readonly ttlSeconds?: number;
  /** The first that matches counts. */
  readonly aggregationRules: readonly AggregationRule[];
}

/** The parameters of a push, beside its metrics. */
export interface PushParameters {
  readonly ttlSeconds?: number;
  readonly aggregation?: AggregationMode;
}

/** The longest time to live: longer than anybody means. Beyond it, times are no exact numbers. */
const LONGEST_TTL_SECONDS = 100 * 365 * 86_400;

/**
 * Reads `ttl` (or the header Pushgateway-TTL) and `aggregate`; other parameters are ignored, as upstream ignores all.
 * Throws HttpError 400.
 */
export function readPushParameters(
  { request, query, method }: { request: WebRequest; query: string; method: 'PUT' | 'POST' },
  key: GroupingKey,
  defaults: PushDefaults,
): PushParameters {
  const header = request.headers['pushgateway-ttl'];
  const ttl = onlyValue(query, 'ttl') ?? (typeof header === 'string' ? header : undefined);
  const ttlSeconds = ttl === undefined ? defaults.ttlSeconds : readTtl(ttl);
  const asked = onlyValue(query, 'aggregate');
  if (asked !== undefined && method === 'PUT') {
    throw new HttpError(400, 'aggregate is for POST: a PUT replaces what the group has');
  }
  const aggregation = asked === undefined ? ruleFor(key, method, defaults) : readMode(asked);
  return { ...(ttlSeconds !== undefined && { ttlSeconds }), ...(aggregation && { aggregation }) };
}

/** Refuses two values: nobody could say which one is meant. */
function onlyValue(query: string, name: string): string | undefined {
  const values = queryValues(query, name);
  if (values.length > 1) throw new HttpError(400, `"${name}" is given ${values.length} times: give it once`);
  return values[0];
}

/** 0 is for ever, also where there is a default. */
function readTtl(text: string): number | undefined {
  const seconds = durationOf(text);
  if (!(seconds >= 0 && seconds <= LONGEST_TTL_SECONDS)) {
    throw new HttpError(400, `invalid time to live "${text}": write a duration such as 90s, 10m or 24h, or 0 for none`);
  }
  return seconds === 0 ? undefined : seconds;
}

function durationOf(text: string): number {
  try {
    return parseGoDuration(text);
  } catch {
    return NaN;
  }
}

function readMode(text: string): AggregationMode {
  const mode = AGGREGATION_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new HttpError(400, `unknown aggregation "${text}": it is one of ${AGGREGATION_MODES.join(', ')}`);
}

function ruleFor(
  { labels }: GroupingKey,
  method: 'PUT' | 'POST',
  { aggregationRules }: PushDefaults,
): AggregationMode | undefined {
  if (method === 'PUT') return undefined;
  const job = labels.find(({ name }) => name === 'job')?.value ?? '';
  return aggregationRules.find((rule) => patternOf(rule).test(job))?.mode;
}

const patterns = new WeakMap<AggregationRule, GoRegexp>();

/** Compiled once a rule. Throws an Error for what is no pattern. */
export function patternOf(rule: AggregationRule): GoRegexp {
  let pattern = patterns.get(rule);
  if (pattern === undefined) patterns.set(rule, (pattern = compileGoRegexp(`^(?s:${rule.job})$`)));
  return pattern;
}
