import type { Socket } from 'node:net';
import type { Client, ClientConfig, QueryArrayConfig } from 'pg';
import { SocketReader } from '../../net/socket-reader.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/tls-alert.js';
import { codeOf, textOf } from '../../probe/error-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import { isBug, stepFailure } from '../../probe/step-failure.js';
import { loopTurns } from '../../values/loop-turns.js';
import { StatementRefused } from '../server-client/run-collectors.js';
import { type LoginRules, MessageGate } from './message-gate.js';
import { malformed, refused, REQUEST_FAILED } from './pg-messages.js';
import { PgStream } from './pg-stream.js';

/** One row: the values as the server writes them, null for NULL. */
export type PgRow = readonly (string | null)[];

/** Who logs in, where, and under which rules. */
export interface PgLogin extends Omit<LoginRules, 'hasPassword'> {
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
}

/** Values stay the text that the server sends. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** One connection, on which one statement is asked after the other; whoever opened the socket closes it. */
export class PgConnection {
  readonly #signal: AbortSignal;
  readonly #reader: SocketReader;
  readonly #stream: PgStream;
  readonly #client: Client;
  readonly #gate: MessageGate;
  /** Rejects with why nothing more comes. */
  readonly #end: Promise<never>;

  private constructor(socket: Socket, client: (stream: PgStream) => Client, login: PgLogin, signal: AbortSignal) {
    this.#signal = signal;
    this.#reader = new SocketReader(socket, signal);
    this.#stream = new PgStream(socket);
    this.#gate = new MessageGate({ methods: login.methods, hasPassword: login.password !== undefined });
    this.#client = client(this.#stream);
    this.#client.on('error', this.#ignore);
    this.#stream.on('error', this.#ignore);
    this.#end = this.#pump();
    this.#end.catch(this.#ignore);
  }

  /** Logs in. Rejects with a ProbeFailure; the client is loaded by the first who comes. */
  static async open(socket: Socket, login: PgLogin, signal: AbortSignal): Promise<PgConnection> {
    const { default: pg } = await import('pg');
    const connection = new PgConnection(socket, (stream) => new pg.Client(configOf(login, stream)), login, signal);
    try {
      await connection.#orEnd(connection.#client.connect());
      return connection;
    } catch (error) {
      connection.drop();
      throw connection.#failure(error, LOGIN_REASONS);
    }
  }

  /**
   * Asks one statement, or several, of which the last one's rows are the answer. Rejects with StatementRefused where
   * the server refuses it, else with a ProbeFailure.
   */
  async ask(sql: string): Promise<readonly PgRow[]> {
    const query: QueryArrayConfig = { text: sql, rowMode: 'array', types: AS_TEXT };
    try {
      // Its types know of one statement only.
      const results = [await this.#orEnd(this.#client.query<(string | null)[]>(query))].flat();
      return results.at(-1)?.rows ?? [];
    } catch (error) {
      if (isRefusal(error)) throw new StatementRefused(textOf(error));
      throw this.#failure(error, ENDING_REASONS);
    }
  }

  /** Takes leave, as far as that needs no answer. */
  leave(): void {
    this.#stream.write(TERMINATE);
    this.drop();
  }

  /** Reads and writes no more. */
  drop(): void {
    this.#stream.end();
    this.#reader.drop();
  }

  /** The client's own promise may never settle, whatever the server says. */
  #orEnd<T>(answer: Promise<T>): Promise<T> {
    answer.catch(this.#ignore);
    return Promise.race([answer, this.#end]);
  }

  async #pump(): Promise<never> {
    for (;;) {
      const chunk = await this.#reader.read();
      if (chunk === undefined)
        throw new ProbeFailure('request', 'connection_closed', REQUEST_FAILED, { err: 'unexpected EOF' });
      const messages = this.#gate.accept(chunk);
      if (messages.length > 0) this.#deliver(messages);
      // The client goes on after its promises: an answer comes before the end of the connection behind it.
      await new Promise(setImmediate);
      if (loopTurns.isOver()) await loopTurns.next();
    }
  }

  /** Whatever the client does not expect is the server's doing: the messages are well-formed. */
  #deliver(messages: Buffer): void {
    try {
      this.#stream.deliver(messages);
    } catch (error) {
      throw malformed(textOf(error));
    }
  }

  #failure(error: unknown, reasons: ReadonlyMap<string, FailureReason>): ProbeFailure {
    const signal = this.#signal;
    if (error instanceof ProbeFailure) return error;
    // With TLS 1.3 a server says only now that it does not take the client's certificate.
    const alert = signal.aborted ? undefined : tlsAlertReason(error);
    if (alert !== undefined) return new ProbeFailure('tls', alert, REQUEST_FAILED, { err: goTlsError(error) });
    const state = codeOf(error) ?? '';
    if (!signal.aborted && SQLSTATE.test(state))
      return refused(reasonOf(state, reasons), `${textOf(error)} (SQLSTATE ${state})`);
    if (!signal.aborted && (isBug(error) || codeOf(error) === undefined)) return refusedByClient(error);
    return stepFailure(error, { phase: 'request', signal, message: REQUEST_FAILED });
  }

  readonly #ignore = (): void => {
    // Told by whoever asked.
  };
}

function configOf({ user, password, database }: PgLogin, stream: PgStream): ClientConfig {
  return {
    user,
    database,
    // All that is not said here the client would take from the environment of the process, and the password from files.
    password: () => password ?? '',
    host: 'server',
    port: 1,
    ssl: false,
    application_name: 'sonde',
    client_encoding: 'UTF8',
    options: '-c client_min_messages=error',
    // It reads and writes as a socket does, which is all that the client asks of it.
    stream: () => stream as unknown as Socket,
  };
}

/** The client's own refusals: of a server that proves nothing, or that asks for too much. */
function refusedByClient(error: unknown): ProbeFailure {
  const text = textOf(error);
  return refused(text.startsWith('SASL') ? 'auth_failed' : 'protocol_error', text);
}

/** What an error of the server begins with, and nothing of Node's. */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The server goes on after an error, but not after one that ends the connection: classes 08 and 57P. */
function isRefusal(error: unknown): boolean {
  const state = codeOf(error) ?? '';
  return SQLSTATE.test(state) && !state.startsWith('57P') && !state.startsWith('08') && severityOf(error) === 'ERROR';
}

function severityOf(error: unknown): unknown {
  return error instanceof Error && 'severity' in error ? error.severity : undefined;
}

/** PostgreSQL manual, appendix A. */
const ENDING_REASONS: ReadonlyMap<string, FailureReason> = new Map([
  ['57P', 'connection_closed'],
  ['53300', 'too_many_connections'],
  ['42501', 'permission_denied'],
]);
const LOGIN_REASONS: ReadonlyMap<string, FailureReason> = new Map([
  ...ENDING_REASONS,
  ['28', 'auth_failed'],
  ['3D000', 'response_rejected'],
  ['57P03', 'response_rejected'],
]);

/** By the whole code, else by its beginning. */
function reasonOf(state: string, reasons: ReadonlyMap<string, FailureReason>): FailureReason {
  return reasons.get(state) ?? reasons.get(state.slice(0, 3)) ?? reasons.get(state.slice(0, 2)) ?? 'protocol_error';
}

/** The message Terminate. */
const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
