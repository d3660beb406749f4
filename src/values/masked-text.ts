import { MASK } from './secret.js';

/** Replaces the password of every URL in a text by `xxxxx`, as Go's `URL.Redacted` shows it. */
export function maskUrlPasswords(text: string): string {
  // Most texts have no `@` and are left alone at once: this runs on every field of every log line.
  return text.includes('@') ? text.replace(/(\/\/[^\s"'/?#:@]*):[^\s"'/?#]*@/g, '$1:xxxxx@') : text;
}

/** The words by which text protocols log in: POP3 and FTP, Redis and SMTP, Redis 3, IMAP with its tag, IRC. */
const LOGIN = /^((?:PASS|AUTH|HELLO[ \t]+\d+[ \t]+AUTH|(?:\S+[ \t]+)?LOGIN|OPER)[ \t]+)[^\s][^\r\n]*/gim;

/** Replaces what follows the word of a log-in in any line of a dialogue, the user's name included. */
export function maskLogin(text: string): string {
  return text.replace(LOGIN, `$1${MASK}`);
}
