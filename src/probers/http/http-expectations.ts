import type { CheckNote } from '../../probe/report/probe-notes.js';
import type { GoRegexp } from '../../values/go/go-regexp.js';
import type { CelExpectation, HeaderExpectation, HttpExpectations } from './http-options.js';

/** The expectations of a module about the final answer, in words, in the order in which they are judged. */
export function describeExpectations(expectations: HttpExpectations): readonly CheckNote[] {
  const { headerMatches, headerNotMatches, bodyMatches, bodyNotMatches, celMatches, celNotMatches } = expectations;
  return [
    statusNote(expectations),
    ...headerMatches.map((header) => headerNote(header, 'does not match')),
    ...headerNotMatches.map((header) => headerNote(header, 'matches')),
    ...bodyMatches.map((regexp) => bodyNote(regexp, 'does not match')),
    ...bodyNotMatches.map((regexp) => bodyNote(regexp, 'matches')),
    ...celNote(celMatches, 'does not fulfil'),
    ...celNote(celNotMatches, 'fulfils'),
    { expects: 'the body arrives whole', reasons: BODY_FAILURES },
    ...restNotes(expectations),
  ];
}

const BODY_FAILURES = ['body_timeout', 'body_truncated', 'body_too_large', 'body_decompression_failed'] as const;

function statusNote({ validStatusCodes }: HttpExpectations): CheckNote {
  const wanted = validStatusCodes.length === 0 ? '2xx' : `one of ${validStatusCodes.slice(0, 50).join(', ')}`;
  return { expects: `status is ${wanted}`, reasons: ['status_code_mismatch', 'too_many_redirects'] };
}

function headerNote({ header, regexp, allowMissing }: HeaderExpectation, how: string): CheckNote {
  const missing = allowMissing ? ', or is missing' : '';
  return {
    expects: `header ${header} ${how} ${regexp.source}${missing}`,
    reasons: ['header_mismatch'],
    fields: { header, regexp: regexp.source },
  };
}

function bodyNote(regexp: GoRegexp, how: string): CheckNote {
  return { expects: `body ${how} ${regexp.source}`, reasons: ['body_mismatch'], fields: { regexp: regexp.source } };
}

function celNote(cel: CelExpectation | undefined, how: string): readonly CheckNote[] {
  if (cel === undefined) return [];
  return [
    {
      expects: `body ${how} ${cel.expression}`,
      reasons: ['cel_mismatch', 'cel_error', 'body_not_json', 'body_too_complex'],
    },
  ];
}

function restNotes({ validVersions, failIfTls, failIfNotTls }: HttpExpectations): readonly CheckNote[] {
  return [
    ...(validVersions.length === 0
      ? []
      : [{ expects: `version is one of ${validVersions.join(', ')}`, reasons: ['http_version_mismatch'] } as const]),
    ...(failIfTls ? [{ expects: 'the answer comes without TLS', reasons: ['tls_unexpected'] } as const] : []),
    ...(failIfNotTls ? [{ expects: 'the answer comes over TLS', reasons: ['tls_missing'] } as const] : []),
  ];
}
