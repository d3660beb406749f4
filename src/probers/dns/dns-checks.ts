import { areQuick, testTexts } from '../../probe/checks/check-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { Fields } from '../../probe/fields.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { GoRegexp } from '../../values/go/go-regexp.js';
import { rcodeName } from './dns-codes.js';
import type { DnsMessage, DnsRecord } from './dns-message.js';
import { type DnsOptions, type RrValidator, type Section, SECTIONS } from './dns-options.js';

/** Whether a pattern matches the text of a record. */
type Matcher = (pattern: GoRegexp, text: string) => boolean;

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
    const records = reply[section];
    const matcher = await matcherFor(records, validators[section], signal);
    const broken = checkRecords(records, validators[section], { section, matcher });
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

/** Checks all four kinds of expectations, record by record as upstream does. */
function checkRecords(
  records: readonly DnsRecord[],
  validator: RrValidator,
  { section, matcher }: { readonly section: Section; readonly matcher: Matcher },
): ProbeFailure | undefined {
  const first = (patterns: readonly GoRegexp[], text: string, matching: boolean): string | undefined =>
    patterns.find((pattern) => matcher(pattern, text) === matching)?.source;
  const { failUnlessAllMatch, failIfNotMatches, failIfNoneMatches, needsRecords, unusable } = validator;
  const mismatch = (message: string, fields: Fields = {}): ProbeFailure =>
    broken('dns_record_mismatch', message, { section, ...fields });
  if (records.length === 0) {
    return needsRecords === undefined ? undefined : mismatch(`${needsRecords} specified but no RRs returned`);
  }
  if (unusable !== undefined) return broken('expectation_invalid', 'Error matching regexp', { section, ...unusable });
  let allMatch = true;
  let anyMatch = failIfNoneMatches.length === 0;
  for (const { text } of records) {
    const found = first(validator.failIfMatches, text, true);
    if (found !== undefined) return mismatch('At least one RR matched regexp', { regexp: found, rr: text });
    const missing = first(failIfNotMatches, text, false);
    if (missing !== undefined) return mismatch('At least one RR did not match regexp', { regexp: missing, rr: text });
    allMatch &&= first(failUnlessAllMatch, text, false) === undefined;
    anyMatch ||= first(failIfNoneMatches, text, true) !== undefined;
  }
  if (!allMatch) return mismatch('Not all RRs matched regexp');
  return anyMatch ? undefined : mismatch('None of the RRs did matched any regexp');
}

/**
 * Matches the records on demand if that is quick. Otherwise all patterns are matched with all records beforehand, in a
 * check thread.
 */
async function matcherFor(
  records: readonly DnsRecord[],
  { failIfMatches, failIfNotMatches, failIfNoneMatches, failUnlessAllMatch }: RrValidator,
  signal: AbortSignal,
): Promise<Matcher> {
  const patterns = [...failIfMatches, ...failIfNotMatches, ...failIfNoneMatches, ...failUnlessAllMatch];
  const texts = records.map(({ text }) => text);
  if (areQuick(patterns, texts)) return (pattern, text) => pattern.test(text);
  try {
    const matches = await testTexts(patterns, texts, signal);
    const byText = new Map(texts.map((text, index) => [text, matches[index] ?? []]));
    return (pattern, text) => byText.get(text)?.[patterns.indexOf(pattern)] === true;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw stepFailure(error, { phase: 'check', signal, message: 'Error checking the records' });
  }
}

function broken(reason: FailureReason, message: string, fields: Fields): ProbeFailure {
  return new ProbeFailure('check', reason, message, fields);
}
