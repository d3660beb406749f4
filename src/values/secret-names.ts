/**
 * Words in names of headers and of token request parameters that hold credentials, such as `X-Api-Key`. Upstream shows
 * their values unless they are written as secrets.
 */
const SECRET_WORDS = new Set([
  ...['authorization', 'auth', 'cookie', 'key', 'apikey', 'token', 'session', 'sessionid', 'signature'],
  ...['password', 'passwd', 'pass', 'secret', 'credential', 'credentials', 'assertion', 'code'],
]);

/** Whether a header or a parameter of this name holds credentials. */
export function isSecretName(name: string): boolean {
  return name
    .toLowerCase()
    .split(/[-_.]/)
    .some((word) => SECRET_WORDS.has(word));
}
