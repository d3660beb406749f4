import { areQuick, testTexts } from '../../probe/checks/check-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { Fields } from '../../probe/fields.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { GoRegexp } from '../../values/go/go-regexp.js';
import { loopTurns } from '../../values/loop-turns.js';
import { rcodeName } from './dns-codes.js';
import type { DnsMessage, DnsRecord } from './dns-message.js';
import { type DnsOptions, type RrValidator, type Section, SECTIONS } from './dns-options.js';

/** Whether a pattern matches the text of a record. */
type Matcher = (pattern: GoRegexp, text: string) => boolean;

/** Records matched in one step, so that never more texts exist. */
const RECORDS_A_STEP = 256;

/**
 * Returns the first broken expectation in upstream's order: response code, then answer, authority and additional
 * records; undefined if all hold. Rejects with a ProbeFailure if the check takes too long.
 */
export async function judgeReply(
  reply: DnsMessage,
  { validRcodes, validators }: DnsOptions,
  signal: AbortSignal,
): Promise<ProbeFailure | undefined> {
  const failure = checkRcode(reply.rcode, validRcodes);
  if (failure !== undefined) return failure;
  for (const section of SECTIONS) {
    const broken = await checkRecords(reply[section], validators[section], { section, signal });
    if (broken !== undefined) return broken;
  }
  return undefined;
}

function checkRcode(rcode: number, valid: DnsOptions['validRcodes']): ProbeFailure | undefined {
  if ('unknown' in valid) return broken('expectation_invalid', 'Invalid rcode', { rcode: valid.unknown });
  if (valid.codes.includes(rcode)) return undefined;
  return broken('dns_rcode_mismatch', 'Rcode is not one of the valid rcodes', {
    rcode,
    string_rcode: rcodeName(rcode),
    valid_rcodes: `[${valid.codes.join(' ')}]`,
  });
}

interface Place {
  readonly section: Section;
  readonly signal: AbortSignal;
}

/** Checks all four kinds of expectations, record by record as upstream does. */
async function checkRecords(
  records: readonly DnsRecord[],
  validator: RrValidator,
  { section, signal }: Place,
): Promise<ProbeFailure | undefined> {
  const { failIfNoneMatches, needsRecords } = validator;
  if (records.length === 0) {
    if (needsRecords === undefined) return undefined;
    return broken('dns_record_mismatch', `${needsRecords} specified but no RRs returned`, { section });
  }
  const unusable = await validator.unusable();
  if (unusable !== undefined) return broken('expectation_invalid', 'Error matching regexp', { section, ...unusable });
  const seen: Seen = { allMatch: true, anyMatch: failIfNoneMatches.length === 0 };
  if (patternsOf(validator).length === 0) return undefined;
  for (let at = 0; at < records.length; at += RECORDS_A_STEP) {
    if (at > 0 && loopTurns.isOver()) await loopTurns.next();
    if (signal.aborted) throw outOfTime(signal.reason, signal);
    const texts = records.slice(at, at + RECORDS_A_STEP).map(({ text }) => text);
    const matcher = await matcherFor(texts, patternsOf(validator), signal);
    const problem = checkTexts(texts, validator, { matcher, seen });
    if (problem !== undefined) return broken('dns_record_mismatch', problem.message, { section, ...problem.fields });
  }
  if (!seen.allMatch) return broken('dns_record_mismatch', 'Not all RRs matched regexp', { section });
  if (seen.anyMatch) return undefined;
  return broken('dns_record_mismatch', 'None of the RRs did matched any regexp', { section });
}

/** The result of the all-match and any-match patterns over the records so far. */
interface Seen {
  allMatch: boolean;
  anyMatch: boolean;
}

interface TextProblem {
  readonly message: string;
  readonly fields: Fields;
}

function checkTexts(
  texts: readonly string[],
  { failIfMatches, failIfNotMatches, failIfNoneMatches, failUnlessAllMatch }: RrValidator,
  { matcher, seen }: { readonly matcher: Matcher; readonly seen: Seen },
): TextProblem | undefined {
  const first = (patterns: readonly GoRegexp[], text: string, matching: boolean): string | undefined =>
    patterns.find((pattern) => matcher(pattern, text) === matching)?.source;
  for (const text of texts) {
    const found = first(failIfMatches, text, true);
    if (found !== undefined) return { message: 'At least one RR matched regexp', fields: { regexp: found, rr: text } };
    const missing = first(failIfNotMatches, text, false);
    if (missing !== undefined) {
      return { message: 'At least one RR did not match regexp', fields: { regexp: missing, rr: text } };
    }
    seen.allMatch &&= first(failUnlessAllMatch, text, false) === undefined;
    seen.anyMatch ||= first(failIfNoneMatches, text, true) !== undefined;
  }
  return undefined;
}

function patternsOf(validator: RrValidator): GoRegexp[] {
  const { failIfMatches, failIfNotMatches, failIfNoneMatches, failUnlessAllMatch } = validator;
  return [...failIfMatches, ...failIfNotMatches, ...failIfNoneMatches, ...failUnlessAllMatch];
}

/**
 * Matches the texts of records on demand if that is quick. Otherwise all patterns are matched with all of them
 * beforehand, in a check thread.
 */
async function matcherFor(
  texts: readonly string[],
  patterns: readonly GoRegexp[],
  signal: AbortSignal,
): Promise<Matcher> {
  if (areQuick(patterns, texts)) return (pattern, text) => pattern.test(text);
  try {
    const matches = await testTexts(patterns, texts, signal);
    const byText = new Map(texts.map((text, index) => [text, matches[index] ?? []]));
    return (pattern, text) => byText.get(text)?.[patterns.indexOf(pattern)] === true;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw outOfTime(error, signal);
  }
}

function outOfTime(error: unknown, signal: AbortSignal): ProbeFailure {
  return stepFailure(error, { phase: 'check', signal, message: 'Error checking the records' });
}

function broken(reason: FailureReason, message: string, fields: Fields): ProbeFailure {
  return new ProbeFailure('check', reason, message, fields);
}
