import { ProbeFailure } from '../../probe/failure.js';
import { Secret } from '../../values/secret.js';
import { readSecretFile } from './http-secret-file.js';

/** A secret as a module gives it: in the text, in a file, or by reference; "" where it does not. */
export interface RawSecret {
  readonly text: string;
  readonly file: string;
  readonly ref: string;
}

/** What a secret is called in upstream's texts. */
export interface SecretName {
  /** After `unable to read `, such as `basic auth password`. */
  readonly file: string;
  /** After `unable to use `, such as `password`. */
  readonly ref: string;
}

/** Gives a secret, reading its file anew; rejects with a ProbeFailure of the phase setup. */
export type SecretSource = (signal: AbortSignal) => Promise<Secret>;

/**
 * Compiles one secret; a reference fails every probe, since there is no manager that could resolve it. Not given at
 * all, it is "".
 */
export function compileSecret(raw: RawSecret, name: SecretName): SecretSource {
  const { file, ref } = raw;
  if (raw.text === '' && file !== '') {
    const purpose = `unable to read ${name.file}: unable to read file ${file}`;
    return (signal) => readSecretFile(file, { purpose, signal });
  }
  if (raw.text === '' && ref !== '') {
    const err = `unable to use ${name.ref}: cannot use secret ref without manager`;
    return () =>
      Promise.reject(new ProbeFailure('setup', 'secret_ref_unsupported', 'Error generating HTTP client', { err }));
  }
  const secret = Promise.resolve(new Secret(raw.text));
  return () => secret;
}
