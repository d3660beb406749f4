import { ProbeFailure } from '../../probe/failure.js';
import type { SecretUser } from '../../probe/used-secrets.js';
import { Secret } from '../../values/secret.js';
import { readSecretFile } from './http-secret-file.js';

/** A secret as a module gives it: in the text, in a file, or by reference; "" where it does not. */
export interface RawSecret {
  readonly text: string;
  readonly file: string;
  readonly ref: string;
}

/** The name of a secret in upstream's messages. */
export interface SecretName {
  /** After `unable to read `, such as `basic auth password`. */
  readonly file: string;
  /** After `unable to use `, such as `password`. */
  readonly ref: string;
}

/** Gives a secret, reading its file anew; rejects with a ProbeFailure of the phase setup. */
export type SecretSource = (user: SecretUser) => Promise<Secret>;

/**
 * Compiles one secret, which is "" if it is not given. A reference fails every probe, since there is no manager that
 * could resolve it.
 */
export function compileSecret(raw: RawSecret, name: SecretName): SecretSource {
  const { file, ref } = raw;
  if (raw.text === '' && file !== '') {
    const purpose = `unable to read ${name.file}: unable to read file ${file}`;
    return async ({ signal, secrets }) => secrets.use(await readSecretFile(file, { purpose, signal }));
  }
  if (raw.text === '' && ref !== '') {
    const err = `unable to use ${name.ref}: cannot use secret ref without manager`;
    return () =>
      Promise.reject(new ProbeFailure('setup', 'secret_ref_unsupported', 'Error generating HTTP client', { err }));
  }
  const secret = new Secret(raw.text);
  return ({ secrets }) => Promise.resolve(secrets.use(secret));
}
