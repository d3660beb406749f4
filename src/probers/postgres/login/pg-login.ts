import { createHash } from 'node:crypto';
import {
  AUTHENTICATED,
  type Authentication,
  type AuthMethod,
  malformed,
  refused,
  SASL_CONTINUES,
  SASL_ENDS,
} from '../pg-messages.js';
import { SCRAM, ScramExchange } from './scram.js';

/** The user who logs in, and the rules of the log-in. */
export interface Login {
  readonly user: string;
  /** Undefined if the module has none. */
  readonly password: string | undefined;
  readonly database: string;
  readonly methods: readonly AuthMethod[];
}

const PROTOCOL = 0x0003_0000;

/** The message that a client begins with (PostgreSQL manual, StartupMessage). */
export function startup({ user, database }: Login): Buffer {
  const parameters = {
    ...{ user, database, application_name: 'sonde', client_encoding: 'UTF8' },
    options: '-c client_min_messages=error',
  };
  const texts = Object.entries(parameters).flat();
  const body = Buffer.from(`${texts.map((text) => `${text}\0`).join('')}\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + body.length);
  head.writeUInt32BE(PROTOCOL, 4);
  return Buffer.concat([head, body]);
}

/** A message of the client: its type, its length, its content. */
export function messageOf(type: string, content: Buffer): Buffer {
  const message = Buffer.allocUnsafe(5 + content.length);
  message.write(type, 0, 'latin1');
  message.writeUInt32BE(content.length + 4, 1);
  content.copy(message, 5);
  return message;
}

/** Answers the server's requests until the user is logged in. */
export class PgLogin {
  readonly #login: Login;
  #scram: ScramExchange | undefined;
  #isAsked = false;
  #isDone = false;

  constructor(login: Login) {
    this.#login = login;
  }

  /** Whether the server has let the user in, which it must say before it is ready for a statement. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * The answer to a message of authentication; undefined where the message needs none. Throws, or rejects with, a
   * ProbeFailure, also for a server that has to prove that it knows the password and does not.
   */
  answer({ code, method, data }: Authentication): Promise<Buffer> | undefined {
    if (this.#isDone) throw malformed('a message of authentication after the last one');
    if (method !== undefined) return Promise.resolve(this.#begin(method, data));
    if (code === SASL_CONTINUES) return this.#proof(data.toString('utf8'));
    if (code === SASL_ENDS) this.#exchange().checkEnd(data.toString('utf8'));
    if (code === AUTHENTICATED && this.#scram?.isProved === false) {
      throw refused('auth_failed', 'the server does not prove that it knows the password');
    }
    this.#isDone = code === AUTHENTICATED;
    return undefined;
  }

  async #proof(challenge: string): Promise<Buffer> {
    return messageOf('p', await this.#exchange().answer(challenge));
  }

  #begin(method: AuthMethod, data: Buffer): Buffer {
    if (this.#isAsked) throw malformed('a second request for the password');
    this.#isAsked = true;
    const password = this.#checkedPassword(method);
    switch (method) {
      case 'password':
        return messageOf('p', Buffer.from(`${password}\0`));
      case 'md5':
        return messageOf('p', md5Proof(this.#login.user, password, data));
      case 'scram-sha-256': {
        const mechanisms = data.toString('latin1').split('\0');
        if (!mechanisms.includes(SCRAM)) {
          throw refused(
            'auth_failed',
            `the server does not know ${SCRAM}, which is the only mechanism that is known here`,
          );
        }
        this.#scram = new ScramExchange(password);
        return messageOf('p', this.#scram.first);
      }
    }
  }

  #checkedPassword(method: AuthMethod): string {
    const { methods, password } = this.#login;
    if (password === undefined) throw refused('auth_failed', 'the server wants a password, and the module has none');
    if (methods.includes(method)) return password;
    throw refused('auth_failed', `the server wants ${method}, which auth_methods of the module does not allow`);
  }

  #exchange(): ScramExchange {
    if (this.#scram === undefined) throw malformed('an exchange that goes on before it began');
    return this.#scram;
  }
}

/** The answer to a request for MD5 (PostgreSQL manual, AuthenticationMD5Password). */
function md5Proof(user: string, password: string, salt: Buffer): Buffer {
  const once = md5(Buffer.from(password + user));
  return Buffer.from(`md5${md5(Buffer.concat([Buffer.from(once), salt.subarray(0, 4)]))}\0`);
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
