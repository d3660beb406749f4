import { MASK } from './secret.js';

/**
 * Replaces the password of every URL in a text by `xxxxx`, as Go's `URL.Redacted` does. At the start of a text a URL
 * may lack its scheme, as targets do: `user:password@host`, or a slash. A user's name may be an address of mail; the
 * last `@` of an authority ends the password. So are parameters of URLs and of connection strings that are passwords.
 */
export function maskUrlPasswords(text: string): string {
  // This runs on every field of every log line, so texts without any of it, which are most, return at once.
  const masked = PASSWORD_PAIR.test(text) ? PAIRS.reduce(maskPairs, text) : text;
  return masked.includes('@') ? maskUserinfo(masked) : masked;
}

function maskPairs(text: string, pairs: RegExp): string {
  return text.replace(pairs, '$1xxxxx');
}

function maskUserinfo(text: string): string {
  const broken = brokenPassword(text);
  if (broken === undefined) return text.replace(USERINFO, '$1:xxxxx@');
  return `${text.slice(0, broken.from)}xxxxx${maskUserinfo(text.slice(broken.to))}`;
}

/** The user and the password of a URL. Nobody writes a scheme with one slash but by mistake. */
const USERINFO = /((?:^(?:[a-z][a-z0-9+.-]*:\/)?|\/\/)[^\s"/?#:]*):([^\s"/?#]*)@/gi;

/** `password`, libpq's `sslpassword`, ODBC's `pwd`. */
const PASSWORD_PAIR = /(?:passw(?:or)?d|pwd)\s{0,9}=/i;
/**
 * Parameters that are passwords: of a query and of ODBC, up to the next one; of libpq, in quotes or up to a blank. A
 * quote that is missing is behind the end of a text that was cut.
 */
const PAIRS: readonly RegExp[] = [
  /([?&](?:ssl)?(?:passw(?:or)?d|pwd)\s{0,9}=)([^\s&#"]*)/gi,
  /(;(?:ssl)?(?:passw(?:or)?d|pwd)\s{0,9}=)([^;]*)/gi,
  /((?:^|\s)(?:ssl)?(?:passw(?:or)?d|pwd)\s{0,9}=\s{0,9})('(?:\\[^]|[^'\\])*\\?'?|(?:\\[^]|[^\s\\])*\\?)/gi,
];

/** The beginning of a text that is a URL as a whole, up to a colon without a port; the colons of IPv6 are none. */
const BROKEN = /^[a-z][a-z0-9+.-]*:\/\/?[^/?#:[\]]*:(?!\d*(?:[/?#]|$))/i;
/** The same without a scheme. What follows is no path, as in `unix:/path`. */
const BROKEN_WITHOUT_SCHEME = /^[^\s"'/?#:[\]]*:(?!\/|\d*(?:[/?#]|$))(?=\S*$)/;

/** What is behind the password in the DSN of Go's driver for MySQL: `user:password@tcp(host:3306)/database`. */
const MYSQL_SERVER = /^@[a-z0-9]*\(/i;
const LONGEST_NETWORK = 32;

/**
 * The place of a password in whose place nobody may write it: `http://user:p/w@host`, `http://user:p w@host`. Nothing
 * can be asked there, but it is shown in what is said of it. The last `@` ends it, for what it is cannot be known.
 */
function brokenPassword(text: string): { readonly from: number; readonly to: number } | undefined {
  const colon = text.indexOf(':');
  const last = text.lastIndexOf('@');
  if (colon >= 0 && colon < last && MYSQL_SERVER.test(text.slice(last, last + LONGEST_NETWORK))) {
    return { from: colon + 1, to: last };
  }
  const found = BROKEN.exec(text) ?? BROKEN_WITHOUT_SCHEME.exec(text);
  if (found === null) return undefined;
  const from = found[0].length;
  const authority = /^[^\s"/?#]*/.exec(text.slice(from))?.[0] ?? '';
  if (authority.includes('@') && !/[\s"]/.test(found[0])) return undefined;
  const to = text.lastIndexOf('@');
  return to < from ? undefined : { from, to };
}

/** As USERINFO, where the text was cut. */
const CUT_USERINFO = /((?:^(?:[a-z][a-z0-9+.-]*:\/)?|\/\/)[^\s"/?#:]*):[^\s"/?#]*$/i;

/**
 * The beginning of a text, of `most` characters or the few that masks add, with the passwords of URLs masked as above.
 * So is one that the cut goes through. What is behind costs nothing.
 */
export function maskedStart(text: string, most: number): string {
  if (text.length <= most) return maskUrlPasswords(text);
  const start = text.slice(0, most);
  const broken = BROKEN.exec(start);
  if (broken && !start.includes('@', broken[0].length)) return `${broken[0]}xxxxx`;
  return maskUrlPasswords(start.replace(CUT_USERINFO, '$1:xxxxx'));
}

/** Nobody has more in one target. Those of a hostile one are no secrets, and each would cost a search of every text. */
const MOST_PASSWORDS = 10;

/** The passwords that `maskUrlPasswords` masks in a text, as they stand there and decoded; the first ten of a kind. */
export function urlPasswords(text: string): readonly string[] {
  const found = new Set(
    PASSWORD_PAIR.test(text) ? PAIRS.flatMap((pairs) => matchesOf(pairs, text)).flatMap(readPair) : [],
  );
  if (!text.includes('@')) return [...found];
  const broken = brokenPassword(text);
  if (broken !== undefined) {
    const password = text.slice(broken.from, broken.to);
    // What reads the URL takes the beginning for a port, and says so.
    return [...found, password, `:${password.split(/[/?#]/, 1)[0] ?? ''}`];
  }
  for (const password of matchesOf(USERINFO, text)) found.add(password).add(decoded(password));
  return [...found];
}

/** What the second groups of a pattern match. */
function matchesOf(pattern: RegExp, text: string): readonly string[] {
  const found: string[] = [];
  for (const [, , password = ''] of text.matchAll(pattern)) {
    if (found.push(password) === MOST_PASSWORDS) break;
  }
  return found;
}

/** The value of a parameter: as it stands, percent-decoded, and without quotes and backslashes. */
function readPair(value: string): readonly string[] {
  const plain = value.replace(/^'|'$/g, '').replace(/\\([^])/g, '$1');
  return [value, decoded(value), plain].filter((each) => each !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Login commands of text protocols: POP3 and FTP (PASS), Redis and SMTP (AUTH), Redis 3 (HELLO), NNTP (AUTHINFO), IMAP
 * with its tag (LOGIN, AUTHENTICATE), IRC (OPER, IDENTIFY, also as a message to a service).
 */
const LOGIN =
  /^((?:PASS|AUTH|AUTHINFO|HELLO[ \t]+\d+[ \t]+AUTH|(?:[^\s:]+[ \t]+)?(?:LOGIN|AUTHENTICATE)|OPER|IDENTIFY|(?:PRIVMSG|NOTICE|NICKSERV|NS)[ \t](?:[^\r\n:]*:)?[ \t]*IDENTIFY)[ \t]+)([^\s][^\r\n]*)/gim;

/** Mechanisms without data, for which the server then asks, and the arguments of FTP's AUTH TLS. */
const MECHANISM =
  /^(?:TLS(?:-[CP])?|SSL|PLAIN|LOGIN|EXTERNAL|ANONYMOUS|CRAM-MD5|DIGEST-MD5|NTLM|GSSAPI|KERBEROS_V[45]|OAUTHBEARER|XOAUTH2|SCRAM-SHA-[\w-]+)[ \t]*$/i;

/** A reference to a group of the matched text, which a log line replaces. */
const REFERENCE = /^(?:\$\d+|\$\{\w+\})[ \t]*$/;

/** Masks everything after a login command in each line of a dialogue, including the user name. */
export function maskLogin(text: string): string {
  return text.replace(LOGIN, (line, words: string, rest: string) => {
    return isPublicLogin(words, rest) ? line : `${words}${MASK}`;
  });
}

/**
 * What `maskLogin` masks in a text, for a server may repeat it elsewhere: all that follows a login command, and its
 * last word, which is the password where a user's name stands before it.
 */
export function loginSecrets(text: string): readonly string[] {
  const found: string[] = [];
  for (const [, words = '', rest = ''] of text.matchAll(LOGIN)) {
    if (isPublicLogin(words, rest)) continue;
    const whole = rest.trimEnd();
    found.push(whole, whole.slice(Math.max(whole.lastIndexOf(' '), whole.lastIndexOf('\t')) + 1));
  }
  return found;
}

function isPublicLogin(words: string, rest: string): boolean {
  return REFERENCE.test(rest) || (takesMechanism(words) && MECHANISM.test(rest));
}

function takesMechanism(words: string): boolean {
  const last = words.trimEnd().toUpperCase();
  return last === 'AUTH' || last.endsWith('AUTHENTICATE');
}

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
