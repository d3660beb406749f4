import { askedMethod, type AuthMethod, checkMessage, countOf, malformed, refused, tooLarge } from './pg-messages.js';

/** A message: the values of one row, or an error with its context. */
const LARGEST_MESSAGE_BYTES = 1024 * 1024;
/** All that a server says in one probe. Sixteen times what 1,000 tables take. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Rows, notices, settings that were changed. */
const MOST_MESSAGES = 50_000;
/** The type, and the length with itself. */
const HEAD_BYTES = 5;

/** How this client logs in. */
export interface LoginRules {
  readonly methods: readonly AuthMethod[];
  readonly hasPassword: boolean;
}

/**
 * Stands before the client's parser, which holds whole messages and trusts their lengths: lets only complete and
 * well-formed messages pass, within bounds that are judged before anything is held, and no request for a password that
 * the module does not allow.
 */
export class MessageGate {
  readonly #rules: LoginRules;
  readonly #pieces: Buffer[] = [];
  #held = 0;
  #needed = HEAD_BYTES;
  #bytes = 0;
  #messages = 0;
  #columns = 0;

  constructor(rules: LoginRules) {
    this.#rules = rules;
  }

  /** Takes what has come; returns the complete messages that begin in it, maybe none. Throws a ProbeFailure. */
  accept(chunk: Buffer): Buffer {
    this.#bytes += chunk.length;
    if (this.#bytes > MOST_BYTES) throw tooLarge(`the server says more than ${MOST_BYTES} bytes`);
    this.#pieces.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return NOTHING;
    const bytes = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces);
    const end = this.#complete(bytes);
    this.#pieces.length = 0;
    const rest = bytes.subarray(end);
    this.#held = rest.length;
    if (rest.length > 0) this.#pieces.push(rest);
    return bytes.subarray(0, end);
  }

  /** Where the last complete message ends; remembers how much is needed for the next. */
  #complete(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      this.#needed = HEAD_BYTES;
      if (bytes.length - at < HEAD_BYTES) return at;
      const length = bytes.readUInt32BE(at + 1);
      // The first byte of what is no PostgreSQL makes a length that nothing has.
      if (this.#messages === 0 && !FIRST_TYPES.has(bytes[at] ?? 0)) throw malformed('a server of another kind');
      if (length < 4) throw malformed('a length below that of the length');
      if (length > LARGEST_MESSAGE_BYTES) throw tooLarge(`a message of ${length} bytes`);
      this.#needed = length + 1;
      if (bytes.length - at < this.#needed) return at;
      this.#check(bytes.subarray(at, at + this.#needed));
      at += this.#needed;
    }
  }

  #check(message: Buffer): void {
    if (++this.#messages > MOST_MESSAGES) throw tooLarge(`more than ${MOST_MESSAGES} messages`);
    checkMessage(message);
    if (message[0] === 0x54) this.#columns = countOf(message);
    if (message[0] === 0x44 && countOf(message) !== this.#columns) throw malformed('a row with other columns');
    const method = askedMethod(message);
    if (method !== undefined) this.#checkMethod(method);
  }

  #checkMethod(method: AuthMethod): void {
    const { methods, hasPassword } = this.#rules;
    if (!hasPassword) throw refused('auth_failed', 'the server wants a password, and the module has none');
    if (methods.includes(method)) return;
    throw refused('auth_failed', `the server wants ${method}, which auth_methods of the module does not allow`);
  }
}

/** What a server begins with: a request for authentication, or an error. */
const FIRST_TYPES: ReadonlySet<number> = new Set([0x52, 0x45]);

const NOTHING = Buffer.alloc(0);
