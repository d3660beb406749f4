import { goQuote } from '../../values/go/go-quote.js';
import type { Certificate } from './certificate.js';
import { commonNameOf, organizationOf } from './distinguished-name.js';
import { shortened } from './shortened.js';

/** Why a certificate does not verify. The message is Go's. */
export interface VerifyProblem {
  readonly kind: 'expired' | 'not-yet-valid' | 'unknown-authority' | 'name-mismatch' | 'invalid';
  readonly message: string;
}

/** Makes a problem of the certificate or its chain. */
export function invalid(message: string): VerifyProblem {
  return { kind: 'invalid', message };
}

/** Makes the problem that no path leads to an anchor. `hint` is the first candidate that is not the issuer, and why. */
export function unknownAuthority(hint?: { readonly problem: string; readonly candidate: Certificate }): VerifyProblem {
  const text = 'x509: certificate signed by unknown authority';
  if (hint === undefined) return { kind: 'unknown-authority', message: text };
  const { candidate, problem } = hint;
  const name = goQuote(shortened(titleOf(candidate)));
  const why = `possibly because of ${goQuote(shortened(problem))} while trying to verify candidate authority certificate`;
  return { kind: 'unknown-authority', message: `${text} (${why} ${name})` };
}

function titleOf({ subject, serial }: Certificate): string {
  const name = commonNameOf(subject) || organizationOf(subject);
  return name === '' ? `serial:${BigInt(`0x0${serial.toString('hex')}`)}` : name;
}

/** Returns undefined for a certificate that is valid at this time. Times are Unix time. */
export function timeProblem(
  { notBeforeSeconds, notAfterSeconds }: Certificate,
  nowSeconds: number,
): VerifyProblem | undefined {
  const text = `x509: certificate has expired or is not yet valid: current time ${rfc3339(nowSeconds)} is`;
  if (nowSeconds < notBeforeSeconds) {
    return { kind: 'not-yet-valid', message: `${text} before ${rfc3339(notBeforeSeconds)}` };
  }
  if (nowSeconds > notAfterSeconds) return { kind: 'expired', message: `${text} after ${rfc3339(notAfterSeconds)}` };
  return undefined;
}

function rfc3339(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}
