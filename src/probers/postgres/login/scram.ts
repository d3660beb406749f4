import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { malformed, refused } from '../pg-messages.js';

/** The mechanism, as RFC 7677 names it. */
export const SCRAM = 'SCRAM-SHA-256';

const NONCE_BYTES = 18;
/** The header for "no channel binding" (RFC 5802, gs2-header), and the same in base64. */
const HEADER = 'n,,';
const HEADER_64 = 'biws';
/** The most iterations that a server may ask for. The default is 4,096; this many take some 0.3 s in a thread. */
const MOST_ROUNDS = 1_000_000;
const LONGEST_SALT = 1024;
const KEY_BYTES = 32;

const deriveKey = promisify(pbkdf2);

/**
 * The keys derived from a password and a salt. They are enough to log in with, so they are treated like the password.
 */
interface Keys {
  readonly client: Buffer;
  readonly server: Buffer;
}

/**
 * The keys of the last log-ins, which RFC 5802 (5.1, i=) allows to keep: deriving them takes 4,096 iterations, most of
 * what a log-in costs. The key of the map is a digest of all that they are made of.
 */
const known = new Map<string, Keys>();
const MOST_KNOWN = 256;

/** One exchange of SCRAM-SHA-256 (RFC 5802, RFC 7677), from the client's side. */
export class ScramExchange {
  readonly #password: string;
  readonly #nonce = randomBytes(NONCE_BYTES).toString('base64');
  #signature: Buffer | undefined;
  isProved = false;

  constructor(password: string) {
    this.#password = prepared(password);
  }

  /** The first message of the exchange: the mechanism, and the client's nonce. */
  get first(): Buffer {
    const text = Buffer.from(HEADER + this.#firstBare);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return Buffer.concat([Buffer.from(`${SCRAM}\0`), length, text]);
  }

  /**
   * The proof of the password. Rejects with a ProbeFailure for a malformed challenge, or one that would take too long.
   */
  async answer(text: string): Promise<Buffer> {
    if (this.#signature !== undefined) throw malformed('a second salt');
    const { nonce, salt, rounds } = readChallenge(text, this.#nonce);
    const { client, server } = await keysOf(this.#password, salt, rounds);
    const withoutProof = `c=${HEADER_64},r=${nonce}`;
    const signed = `${this.#firstBare},${text},${withoutProof}`;
    const signature = hmac(createHash('sha256').update(client).digest(), signed);
    const proof = Buffer.from(client.map((byte, at) => byte ^ (signature[at] ?? 0)));
    this.#signature = hmac(server, signed);
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
  }

  /** Checks the server's own proof; throws a ProbeFailure for a server that does not know the password either. */
  checkEnd(text: string): void {
    const proof = Buffer.from(/^v=([A-Za-z0-9+/=]{1,100})(?:,|$)/.exec(text)?.[1] ?? '', 'base64');
    const expected = this.#signature;
    if (expected === undefined || proof.length !== expected.length || !timingSafeEqual(proof, expected)) {
      throw refused('auth_failed', 'the server does not prove that it knows the password');
    }
    this.isProved = true;
  }

  /** The message leaves the user's name empty: the server takes the one of the first message of the connection. */
  get #firstBare(): string {
    return `n=,r=${this.#nonce}`;
  }
}

interface Challenge {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly rounds: number;
}

function readChallenge(text: string, ownNonce: string): Challenge {
  const [, nonce = '', salt = '', count = ''] =
    /^r=([!-+\--~]{1,512}),s=([A-Za-z0-9+/=]{1,2048}),i=(\d{1,10})(?:,|$)/.exec(text) ?? [];
  if (nonce === '') throw malformed('a challenge that is none');
  if (!nonce.startsWith(ownNonce) || nonce.length === ownNonce.length) {
    throw refused('auth_failed', "the server's nonce does not begin with that of the client");
  }
  const rounds = Number(count);
  const bytes = Buffer.from(salt, 'base64');
  if (rounds < 1 || rounds > MOST_ROUNDS || bytes.length > LONGEST_SALT) {
    throw refused('auth_failed', `the server wants ${count} rounds; ${MOST_ROUNDS} are the most`);
  }
  return { nonce, salt: bytes, rounds };
}

async function keysOf(password: string, salt: Buffer, rounds: number): Promise<Keys> {
  const name = createHash('sha256')
    .update(`${rounds},${salt.toString('base64')},${password}`)
    .digest('base64');
  const found = known.get(name);
  if (found !== undefined) return found;
  const salted = await deriveKey(password, salt, rounds, KEY_BYTES, 'sha256');
  const keys = { client: hmac(salted, 'Client Key'), server: hmac(salted, 'Server Key') };
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, keys);
  return keys;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The characters that become a blank, and those that are removed (RFC 3454, C.1.2 and B.1). */
const BLANKS = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;
/** Texts of printable ASCII stay as they are. */
const PLAIN = /^[ -~]*$/;

/** SASLprep, as far as PostgreSQL's servers and clients have it (RFC 4013). */
function prepared(password: string): string {
  return PLAIN.test(password) ? password : password.replace(BLANKS, ' ').replace(NOTHING, '').normalize('NFKC');
}
