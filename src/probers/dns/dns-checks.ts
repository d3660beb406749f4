import { ProbeFailure } from '../../probe/failure.js';
import type { FailureReason, Fields } from '../../probe/failure.js';
import { rcodeName } from './dns-codes.js';
import type { DnsMessage, DnsRecord } from './dns-message.js';
import { SECTIONS } from './dns-options.js';
import type { DnsOptions, RrValidator, Section } from './dns-options.js';
import type { GoRegexp } from '../../values/go-regexp.js';

/** The first broken expectation in upstream's order: response code, then answer, authority and additional records; undefined if all hold. */
export function judgeReply(reply: DnsMessage, { validRcodes, validators }: DnsOptions): ProbeFailure | undefined {
  const failure = checkRcode(reply.rcode, validRcodes);
  if (failure !== undefined) return failure;
  for (const section of SECTIONS) {
    const broken = checkRecords(reply[section], validators[section], section);
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

/** All four kinds of expectation, record by record, as upstream goes through them. */
function checkRecords(
  records: readonly DnsRecord[],
  validator: RrValidator,
  section: Section,
): ProbeFailure | undefined {
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

/** The first pattern that matches `text`, or that does not. */
function first(patterns: readonly GoRegexp[], text: string, matching: boolean): string | undefined {
  return patterns.find((pattern) => pattern.test(text) === matching)?.source;
}

function broken(reason: FailureReason, message: string, fields: Fields): ProbeFailure {
  return new ProbeFailure('check', reason, message, fields);
}
