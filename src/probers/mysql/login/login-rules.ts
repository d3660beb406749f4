import { malformed, type OtherPlugin, refused } from '../mysql-packets.js';

/** The authentication plugins that the client knows. */
export const AUTH_METHODS = [
  'mysql_native_password',
  'caching_sha2_password',
  'client_ed25519',
  'sha256_password',
  'mysql_clear_password',
] as const;
/** The name of an authentication plugin. */
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** The rules that this client follows when it logs in. */
export interface LoginRules {
  readonly methods: readonly AuthMethod[];
  /** Whether the connection is protected by TLS, or never leaves the machine. */
  readonly isSecure: boolean;
  /** Whether the client may ask the server for its key, and encrypt the password with it, where there is no TLS. */
  readonly takesServerKey: boolean;
}

/** The length of a server's challenge, in bytes; plugins that are not in this list have none. */
const SCRAMBLE_BYTES: ReadonlyMap<string, number> = new Map([
  ['mysql_native_password', 20],
  ['caching_sha2_password', 20],
  ['sha256_password', 20],
  ['client_ed25519', 32],
]);

/** The methods whose proof can be made from the challenge of a greeting. */
const OF_GREETINGS: ReadonlySet<string> = new Set(['mysql_native_password', 'caching_sha2_password']);

/**
 * The method to begin with, by the plugin that the greeting names. Undefined if the module does not allow it, or if it
 * cannot be begun with: then no proof is sent, and the server names the plugin that it wants for this user.
 */
export function firstMethod(plugin: string, { methods }: LoginRules): AuthMethod | undefined {
  return methods.find((method) => method === plugin && OF_GREETINGS.has(method));
}

/**
 * The method that a server switches to. Throws a ProbeFailure unless the module allows it, and for a challenge that is
 * too short.
 */
export function otherMethod({ plugin, data }: OtherPlugin, { methods, isSecure }: LoginRules): AuthMethod {
  const method = methods.find((each) => each === plugin);
  if (method === undefined) {
    throw refused('auth_failed', `the server wants ${plugin}, which auth_methods of the module does not allow`);
  }
  if (method === 'mysql_clear_password' && !isSecure) {
    throw refused('auth_failed', 'the server wants the password as it is, and there is no TLS');
  }
  if (data.length < (SCRAMBLE_BYTES.get(method) ?? 0)) throw malformed('a scramble that is too short');
  return method;
}

/**
 * Throws a ProbeFailure if a server without TLS wants the password itself, encrypted with a key that nobody can verify,
 * unless the module allows that.
 */
export function checkKeyIsTaken({ takesServerKey }: LoginRules): void {
  if (takesServerKey) return;
  throw refused(
    'auth_failed',
    'the server wants the password itself, and there is no TLS: use TLS, or get_server_public_key in the module',
  );
}
