import { ProbeFailure } from '../../probe/failure.js';
import type { FailureReason, Fields } from '../../probe/failure.js';
import { textOf } from '../../probe/error-text.js';
import type { CelProgram } from '../../values/cel-program.js';
import type { BodyResult } from './http-body.js';
import type { FinalAnswer, HttpObservation } from './http-observation.js';
import type { HeaderExpectation, HttpExpectations } from './http-options.js';
import { MOST_REDIRECTS } from './http-redirect.js';

/** The CEL programs of a module, loaded. */
export interface CelPrograms {
  readonly matches?: CelProgram;
  readonly notMatches?: CelProgram;
}

/** Which kind of expectation was broken: two of them have a gauge of their own. */
export interface Verdict {
  /** The first broken expectation; absent if all hold. */
  readonly failure?: ProbeFailure;
  readonly failedDueToRegex: boolean;
  readonly failedDueToCel: boolean;
}

type Check = (observation: HttpObservation, expectations: HttpExpectations) => ProbeFailure | undefined;

/** Judges an answer in upstream's order: status, headers, body, CEL, version, TLS. The first broken expectation is the verdict. */
export function judge(observation: HttpObservation, expectations: HttpExpectations, programs: CelPrograms): Verdict {
  const none = { failedDueToRegex: false, failedDueToCel: false };
  const status = checkStatus(observation, expectations);
  if (status !== undefined) return { ...none, failure: status };
  const headers = checkHeaders(observation, expectations);
  if (headers !== undefined) return { ...none, failure: headers, failedDueToRegex: true };
  const { body } = observation.answer;
  // A body that cannot even be decompressed is not matched; one that breaks off while it is matched counts as a mismatch.
  if (body?.failure?.reason === 'body_decompression_failed' && body.lengthBytes === 0) {
    return { ...none, failure: body.failure };
  }
  const matched = checkBody(observation, expectations);
  if (matched !== undefined) return { ...none, failure: matched, failedDueToRegex: true };
  const cel = checkCel(body, expectations, programs);
  if (cel !== undefined) return { ...none, failure: cel, failedDueToCel: true };
  const failure =
    body?.failure ?? checkVersion(observation, expectations) ?? checkTls(observation, expectations) ?? undefined;
  return failure === undefined ? none : { ...none, failure };
}

const checkStatus: Check = ({ answer: { status }, redirects }, { validStatusCodes }) => {
  const reason = gaveUp(redirects) ? 'too_many_redirects' : 'status_code_mismatch';
  if (validStatusCodes.length === 0) {
    if (status >= 200 && status <= 299) return undefined;
    return broken(reason, 'Invalid HTTP response status code, wanted 2xx', { status_code: status });
  }
  if (validStatusCodes.includes(status)) return undefined;
  return broken(reason, 'Invalid HTTP response status code', {
    status_code: status,
    valid_status_codes: `[${validStatusCodes.join(' ')}]`,
  });
};

/** Upstream judges the redirect that it does not follow any more like an answer; what is wrong is that there is no end of them. */
function gaveUp(redirects: number): boolean {
  return redirects > MOST_REDIRECTS;
}

const checkHeaders: Check = ({ answer }, { headerMatches, headerNotMatches }) => {
  for (const expectation of headerMatches) {
    const failure = checkHeader(answer, expectation, 'Header matched regular expression', (matched) => matched);
    if (failure !== undefined) return failure;
  }
  for (const expectation of headerNotMatches) {
    const failure = checkHeader(answer, expectation, 'Header did not match regular expression', (matched) => !matched);
    if (failure !== undefined) return failure;
  }
  return undefined;
};

function checkHeader(
  answer: FinalAnswer,
  { header, name, regexp, allowMissing }: HeaderExpectation,
  message: string,
  fails: (matched: boolean) => boolean,
): ProbeFailure | undefined {
  const values = answer.headers.get(name);
  if (values === undefined) {
    return allowMissing ? undefined : broken('header_mismatch', 'Missing required header', { header });
  }
  if (!fails(values.some((value) => regexp.test(value)))) return undefined;
  return broken('header_mismatch', message, { header, regexp: regexp.source, value_count: values.length });
}

function checkBody({ answer: { body }, redirects }: HttpObservation, expectations: HttpExpectations) {
  const { bodyMatches, bodyNotMatches } = expectations;
  if (bodyMatches.length === 0 && bodyNotMatches.length === 0) return undefined;
  if (body === undefined) {
    const reason = gaveUp(redirects) ? 'too_many_redirects' : 'body_mismatch';
    return broken(reason, 'Error reading HTTP body', { err: 'the redirect was not followed: it has no body' });
  }
  if (body.failure !== undefined) return unreadable(body.failure);
  const text = textOfBody(body);
  const unwanted = bodyMatches.find((regexp) => regexp.test(text));
  if (unwanted !== undefined) {
    return broken('body_mismatch', 'Body matched regular expression', { regexp: unwanted.source });
  }
  const missed = bodyNotMatches.find((regexp) => !regexp.test(text));
  if (missed === undefined) return undefined;
  return broken('body_mismatch', 'Body did not match regular expression', { regexp: missed.source });
}

function checkCel(
  body: BodyResult | undefined,
  expectations: HttpExpectations,
  programs: CelPrograms,
): ProbeFailure | undefined {
  if (programs.matches === undefined && programs.notMatches === undefined) return undefined;
  if (body?.failure !== undefined) return body.failure;
  let value: unknown;
  try {
    value = JSON.parse(body === undefined ? '' : textOfBody(body));
  } catch (error) {
    return broken('body_not_json', 'Error unmarshalling HTTP body to JSON', { err: textOf(error) });
  }
  const { matches, notMatches } = programs;
  return (
    evaluate(matches, expectations.celMatches?.expression, value, true) ??
    evaluate(notMatches, expectations.celNotMatches?.expression, value, false)
  );
}

/** Fails if the program gives `unwanted`, or nothing that can be judged. */
function evaluate(
  program: CelProgram | undefined,
  expression = '',
  value: unknown,
  unwanted: boolean,
): ProbeFailure | undefined {
  if (program === undefined) return undefined;
  let result: boolean;
  try {
    result = program.evaluate(value);
  } catch (error) {
    return broken('cel_error', 'Error evaluating CEL expression', { expression, err: textOf(error) });
  }
  if (result !== unwanted) return undefined;
  const message = unwanted ? 'Body matched CEL expression' : 'Body did not match CEL expression';
  return broken('cel_mismatch', message, { expression });
}

const checkVersion: Check = ({ answer: { version } }, { validVersions }) => {
  if (validVersions.length === 0 || validVersions.includes(version)) return undefined;
  return broken('http_version_mismatch', 'Invalid HTTP version number', { version });
};

const checkTls: Check = ({ tls }, { failIfTls, failIfNotTls }) => {
  if (tls !== undefined && failIfTls) return broken('tls_unexpected', 'Final request was over SSL', {});
  if (tls === undefined && failIfNotTls) return broken('tls_missing', 'Final request was not over SSL', {});
  return undefined;
};

/** Upstream's log line where the body was being matched. */
function unreadable({ phase, reason, fields }: ProbeFailure): ProbeFailure {
  return new ProbeFailure(phase, reason, 'Error reading HTTP body', fields);
}

function textOfBody(body: BodyResult): string {
  return body.held?.toString('utf8') ?? '';
}

function broken(reason: FailureReason, message: string, fields: Fields): ProbeFailure {
  return new ProbeFailure('check', reason, message, fields);
}
