import { MASK } from './secret.js';

/** Replaces the password of every URL in a text by `xxxxx`, as Go's `URL.Redacted` shows it. */
export function maskUrlPasswords(text: string): string {
  // Most texts have no `@` and are left alone at once: this runs on every field of every log line.
  return text.includes('@') ? text.replace(/(\/\/[^\s"'/?#:@]*):[^\s"'/?#]*@/g, '$1:xxxxx@') : text;
}

/**
 * The words by which text protocols log in: POP3 and FTP (PASS), Redis and SMTP (AUTH), Redis 3 (HELLO), NNTP (AUTHINFO), IMAP with its tag (LOGIN, AUTHENTICATE),
 * IRC (OPER, IDENTIFY, and the same as a message to a service).
 */
const LOGIN =
  /^((?:PASS|AUTH|AUTHINFO|HELLO[ \t]+\d+[ \t]+AUTH|(?:[^\s:]+[ \t]+)?(?:LOGIN|AUTHENTICATE)|OPER|IDENTIFY|(?:PRIVMSG|NOTICE|NICKSERV|NS)[ \t](?:[^\r\n:]*:)?[ \t]*IDENTIFY)[ \t]+)([^\s][^\r\n]*)/gim;

/** A mechanism without data, after which the server asks for them, and what FTP secures its connection with. */
const MECHANISM =
  /^(?:TLS(?:-[CP])?|SSL|PLAIN|LOGIN|EXTERNAL|ANONYMOUS|CRAM-MD5|DIGEST-MD5|NTLM|GSSAPI|KERBEROS_V[45]|OAUTHBEARER|XOAUTH2|SCRAM-SHA-[\w-]+)[ \t]*$/i;

/** A group of what was heard: a log line has the text in its place. */
const REFERENCE = /^(?:\$\d+|\$\{\w+\})[ \t]*$/;

/** Replaces what follows the word of a log-in in any line of a dialogue, the user's name included. */
export function maskLogin(text: string): string {
  return text.replace(LOGIN, (line, words: string, rest: string) => {
    const isPublic = REFERENCE.test(rest) || (takesMechanism(words) && MECHANISM.test(rest));
    return isPublic ? line : `${words}${MASK}`;
  });
}

function takesMechanism(words: string): boolean {
  const last = words.trimEnd().toUpperCase();
  return last === 'AUTH' || last.endsWith('AUTHENTICATE');
}
