import type { CheckNote } from '../../probe/report/probe-notes.js';
import { LONGEST_EXCERPT_BYTES } from '../../probe/report/shown-excerpt.js';
import { rcodeName } from './dns-codes.js';
import type { DnsMessage } from './dns-message.js';
import { type DnsOptions, type RrValidator, type Section, SECTIONS } from './dns-options.js';

/** The expectations of a module about a reply, in words, in the order in which they are judged. */
export function describeExpectations({ validRcodes, validators }: DnsOptions): readonly CheckNote[] {
  const codes = 'unknown' in validRcodes ? validRcodes.unknown : validRcodes.codes.map(rcodeName).join(', ');
  return [
    { expects: `response code is one of ${codes}`, reasons: ['dns_rcode_mismatch', 'expectation_invalid'] },
    ...SECTIONS.flatMap((section) => sectionNotes(section, validators[section])),
  ];
}

function sectionNotes(section: Section, validator: RrValidator): readonly CheckNote[] {
  const { failIfMatches, failIfNotMatches, failUnlessAllMatch, failIfNoneMatches } = validator;
  const rows = [
    ['no record matches', failIfMatches, true],
    ['every record matches', failIfNotMatches, true],
    ['all records match', failUnlessAllMatch, false],
    ['some record matches', failIfNoneMatches, false],
  ] as const;
  return rows.flatMap(([what, patterns, isNamed]) =>
    patterns.map(({ source }) => ({
      expects: `${section}: ${what} ${source}`,
      reasons: ['dns_record_mismatch'] as const,
      fields: { section, ...(isNamed && { regexp: source }) },
    })),
  );
}

/** The first records of a reply, a line each. */
export function recordsText(reply: DnsMessage): string {
  let text = '';
  for (const section of SECTIONS) {
    for (const record of reply[section]) {
      if (text.length > LONGEST_EXCERPT_BYTES) return text;
      text += `${section}: ${record.text}\n`;
    }
  }
  return text;
}
