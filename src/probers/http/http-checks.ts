import { type CelVerdict, judgeJson } from '../../probe/checks/check-task.js';
import { testTexts } from '../../probe/checks/check-text.js';
import { checkThreads } from '../../probe/checks/check-threads.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { Fields } from '../../probe/fields.js';
import { stepFailure } from '../../probe/step-failure.js';
import { wellFormed } from '../../values/byte-string.js';
import type { CelProgram } from '../../values/cel/cel-program.js';
import { HeldBytes } from '../../values/held-bytes.js';
import { jsonSize } from '../../values/json-bounds.js';
import { MOST_REDIRECTS } from '../http-client/http-redirect.js';
import type { BodyResult } from './body/http-body.js';
import type { FinalAnswer, HttpObservation } from './http-observation.js';
import type { HeaderExpectation, HttpExpectations } from './http-options.js';

/** The CEL programs of a module, loaded. */
export interface CelPrograms {
  readonly matches?: LoadedCel;
  readonly notMatches?: LoadedCel;
}

/** An expression, with its program if it is not too long to be compiled on the event loop. */
export interface LoadedCel {
  readonly expression: string;
  readonly program: CelProgram | undefined;
}

/** The kind of expectation that was broken: two of them have a gauge of their own. */
export interface Verdict {
  /** The first broken expectation; absent if all hold. */
  readonly failure?: ProbeFailure;
  readonly failedDueToRegex: boolean;
  readonly failedDueToCel: boolean;
}

type Check = (observation: HttpObservation, expectations: HttpExpectations) => ProbeFailure | undefined;

/** The dependencies of checks of an answer. */
export interface Judging {
  readonly programs: CelPrograms;
  readonly signal: AbortSignal;
}

/**
 * Judges an answer in upstream's order: status, headers, body, CEL, version, TLS. The first broken expectation is the
 * verdict. Rejects with a ProbeFailure if there is no verdict in time.
 */
export async function judge(
  observation: HttpObservation,
  expectations: HttpExpectations,
  judging: Judging,
): Promise<Verdict> {
  try {
    return await judgeAll(observation, expectations, judging);
  } catch (error) {
    if (!judging.signal.aborted) throw error;
    throw stepFailure(error, { phase: 'check', signal: judging.signal, message: 'Error checking the answer' });
  }
}

async function judgeAll(
  observation: HttpObservation,
  expectations: HttpExpectations,
  judging: Judging,
): Promise<Verdict> {
  const none = { failedDueToRegex: false, failedDueToCel: false };
  const status = checkStatus(observation, expectations);
  if (status !== undefined) return { ...none, failure: status };
  const headers = await checkHeaders(observation, expectations, judging.signal);
  if (headers !== undefined) return { ...none, failure: headers, failedDueToRegex: true };
  const { body } = observation.answer;
  // A body that does not even begin as its compression says is not matched; one that breaks off while it is matched
  // counts as a mismatch.
  if (body?.failure !== undefined && body.isUnreadable === true) return { ...none, failure: body.failure };
  const matched = await checkBody(observation, expectations, judging);
  if (matched !== undefined) return { ...none, failure: matched, failedDueToRegex: true };
  const cel = await checkCel(body, judging);
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

/**
 * Upstream judges the redirect that it does not follow any more like an answer; what is wrong is that there is no end
 * of them.
 */
function gaveUp(redirects: number): boolean {
  return redirects > MOST_REDIRECTS;
}

async function checkHeaders(
  { answer }: HttpObservation,
  { headerMatches, headerNotMatches }: HttpExpectations,
  signal: AbortSignal,
): Promise<ProbeFailure | undefined> {
  for (const expectation of headerMatches) {
    const failure = await checkHeader(answer, expectation, true, signal);
    if (failure !== undefined) return failure;
  }
  for (const expectation of headerNotMatches) {
    const failure = await checkHeader(answer, expectation, false, signal);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** `unwanted` is whether a match breaks the expectation, or that there is none. */
async function checkHeader(
  answer: FinalAnswer,
  { header, name, regexp, allowMissing }: HeaderExpectation,
  unwanted: boolean,
  signal: AbortSignal,
): Promise<ProbeFailure | undefined> {
  const values = answer.headers.get(name);
  if (values === undefined) {
    return allowMissing ? undefined : broken('header_mismatch', 'Missing required header', { header });
  }
  const matches = await testTexts([regexp], values.map(wellFormed), signal);
  if (matches.some(([matched]) => matched) !== unwanted) return undefined;
  const message = unwanted ? 'Header matched regular expression' : 'Header did not match regular expression';
  return broken('header_mismatch', message, { header, regexp: regexp.source, value_count: values.length });
}

async function checkBody(
  { answer: { body }, redirects }: HttpObservation,
  expectations: HttpExpectations,
  { programs, signal }: Judging,
): Promise<ProbeFailure | undefined> {
  const { bodyMatches, bodyNotMatches } = expectations;
  if (bodyMatches.length === 0 && bodyNotMatches.length === 0) return undefined;
  if (body === undefined) {
    const reason = gaveUp(redirects) ? 'too_many_redirects' : 'body_mismatch';
    return broken(reason, 'Error reading HTTP body', { err: 'the redirect was not followed: it has no body' });
  }
  if (body.failure !== undefined) return unreadable(body.failure);
  const held = bytesOfBody(body);
  // testTexts may transfer the bytes to another thread.
  const bytes = usesCel(programs) ? await held.copied() : held;
  const [matched = []] = await testTexts([...bodyMatches, ...bodyNotMatches], [bytes], signal);
  const unwanted = bodyMatches.find((_, index) => matched[index] === true);
  if (unwanted !== undefined) {
    return broken('body_mismatch', 'Body matched regular expression', { regexp: unwanted.source });
  }
  const missed = bodyNotMatches.find((_, index) => matched[bodyMatches.length + index] === false);
  if (missed === undefined) return undefined;
  return broken('body_mismatch', 'Body did not match regular expression', { regexp: missed.source });
}

async function checkCel(
  body: BodyResult | undefined,
  { programs, signal }: Judging,
): Promise<ProbeFailure | undefined> {
  const { matches, notMatches } = programs;
  if (!usesCel(programs)) return undefined;
  if (body?.failure !== undefined) return body.failure;
  const json = bytesOfBody(body);
  if (json.length <= MOST_ON_LOOP_BYTES) {
    const text = json.toString();
    if (isQuick(text, programs)) return celFailure(judgeJson(text, matches?.program, notMatches?.program));
  }
  const expressions = {
    ...(matches && { matches: matches.expression }),
    ...(notMatches && { notMatches: notMatches.expression }),
  };
  const verdict = await checkThreads.run({ kind: 'cel', json: json.handOver(), expressions }, signal);
  // The answer to a task of this kind.
  return celFailure(verdict as CelVerdict | undefined);
}

function usesCel({ matches, notMatches }: CelPrograms): boolean {
  return matches !== undefined || notMatches !== undefined;
}

/** JSON of that length is read and gone through once in a few milliseconds, in bytes. */
const MOST_ON_LOOP_BYTES = 16 * 1024;
/** Steps that expressions may take in place, by their nesting; a step takes 1.5 to 7 µs. */
const MOST_ON_LOOP_STEPS = 1000;

function isQuick(text: string, { matches, notMatches }: CelPrograms): boolean {
  let nesting = 0;
  for (const cel of [matches, notMatches]) {
    if (cel === undefined) continue;
    if (cel.program === undefined) return false;
    nesting = Math.max(nesting, cel.program.nesting);
  }
  if (nesting === 0) return true;
  const values = jsonSize(text);
  return typeof values === 'number' && values ** nesting <= MOST_ON_LOOP_STEPS;
}

function celFailure(verdict: CelVerdict | undefined): ProbeFailure | undefined {
  switch (verdict?.problem) {
    case undefined:
      return undefined;
    case 'malformed':
      return broken('body_not_json', 'Error unmarshalling HTTP body to JSON', { err: verdict.err });
    case 'too_complex':
      return broken('body_too_complex', 'Error unmarshalling HTTP body to JSON', { err: verdict.err });
    case 'not_evaluable': {
      const { expression, err } = verdict;
      return broken('cel_error', 'Error evaluating CEL expression', { expression, err });
    }
    case 'unwanted': {
      const message = verdict.matched ? 'Body matched CEL expression' : 'Body did not match CEL expression';
      return broken('cel_mismatch', message, { expression: verdict.expression });
    }
  }
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

function bytesOfBody(body: BodyResult | undefined): HeldBytes {
  return body?.held ?? new HeldBytes();
}

function broken(reason: FailureReason, message: string, fields: Fields): ProbeFailure {
  return new ProbeFailure('check', reason, message, fields);
}
