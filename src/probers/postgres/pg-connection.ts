import type { Socket } from 'node:net';
import { SocketReader } from '../../net/socket-reader.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import { asError } from '../../values/as-error.js';
import { loopTurns } from '../../values/loop-turns.js';
import { unlessAborted } from '../../values/unless-aborted.js';
import { PackedRows, type TextRows } from '../server-client/packed-rows.js';
import { StatementRefused } from '../server-client/run-collectors.js';
import { type Login, PgLogin, startup } from './login/pg-login.js';
import { MessageGate } from './message-gate.js';
import { endsSession, lastWord } from './pg-errors.js';
import {
  type ColumnHead,
  malformed,
  readAuthentication,
  readColumns,
  readError,
  readRow,
  REQUEST_FAILED,
  type ServerError,
} from './pg-messages.js';
import { BEGIN_READ_ONLY, extendedQuery, simpleQuery } from './pg-questions.js';

/** A statement that waits for its answer, or the log-in. */
interface Question {
  rows: PackedRows;
  /** The description of the columns, if the server sent one. */
  columns: Buffer | undefined;
  error: ServerError | undefined;
  /** Why the answer was left out; undefined if it was not. */
  tooLarge: string | undefined;
  /** Whether an answer that is too large fails the probe. */
  readonly isNeeded: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Answer {
  readonly rows: PackedRows;
  readonly columns: Buffer | undefined;
}

/** Rows, with the heads of their columns. */
export interface Table {
  readonly columns: readonly ColumnHead[];
  readonly rows: PackedRows;
}

/**
 * One connection. Statements that are asked while others wait for their answers go out at once, and are answered in the
 * order in which they were asked; whoever opened the socket closes it.
 */
export class PgConnection {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #reader: SocketReader;
  readonly #gate: MessageGate;
  readonly #login: PgLogin;
  readonly #waiting: Question[] = [];
  /** The answer to a message of authentication, which may take a while. */
  #authentication: Promise<Buffer> | undefined;
  #isLoggedIn = false;
  #isCorked = false;
  #turns = 0;
  /** The reason why nothing more comes; undefined while the connection is in use. */
  #end: Error | undefined;

  private constructor(socket: Socket, login: Login, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    this.#reader = new SocketReader(socket, signal);
    this.#login = new PgLogin(login);
    this.#gate = new MessageGate({
      row: (message) => {
        this.#statement().rows.add(message);
      },
      message: (type, message) => {
        this.#take(type, message);
      },
      leaveOut: (why) => this.#leaveOut(why),
    });
  }

  /** Logs in. Rejects with a ProbeFailure. */
  static async open(socket: Socket, login: Login, signal: AbortSignal): Promise<PgConnection> {
    const connection = new PgConnection(socket, login, signal);
    const isIn = connection.#asked(startup(login), true);
    void connection.#run();
    try {
      await isIn;
      connection.#isLoggedIn = true;
      return connection;
    } catch (error) {
      connection.drop();
      throw connection.#failure(error);
    }
  }

  /**
   * Asks one statement, or several, of which the last one's rows are the answer. Rejects with StatementRefused where
   * the server refuses it, or where its answer is too large, else with a ProbeFailure.
   */
  ask(sql: string): Promise<TextRows> {
    return this.#rowsOf(sql, false);
  }

  /** Asks like `ask`, but rejects with a ProbeFailure where the answer is too large. */
  askFirst(sql: string): Promise<TextRows> {
    return this.#rowsOf(sql, true);
  }

  async #rowsOf(sql: string, isNeeded: boolean): Promise<TextRows> {
    try {
      return (await this.#asked(simpleQuery(sql), isNeeded)).rows;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Asks one statement that somebody else wrote, in a transaction of its own that is read only and leaves nothing
   * behind, not even a setting. The server sends `most` rows at most, and takes no second statement after a semicolon.
   * Rejects like `ask`.
   */
  async askReadOnly(sql: string, most: number): Promise<Table> {
    // All three go out at once. After an error the transaction takes nothing but its end.
    const asked = [simpleQuery(BEGIN_READ_ONLY), extendedQuery(sql, most), simpleQuery('ROLLBACK')];
    const [begun, answered, ended] = await Promise.allSettled(asked.map((message) => this.#asked(message, false)));
    for (const each of [begun, ended, answered]) {
      if (each?.status === 'rejected') throw this.#failure(each.reason);
    }
    if (answered?.status !== 'fulfilled') throw malformed('no answer');
    const { rows, columns } = answered.value;
    return { rows, columns: columns === undefined ? [] : readColumns(columns) };
  }

  /** Tells the server that the session ends, without waiting for an answer. */
  leave(): void {
    this.#socket.write(TERMINATE);
    this.drop();
  }

  /** Stops reading. */
  drop(): void {
    this.#reader.drop();
  }

  #asked(message: Buffer, isNeeded: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#end);
        return;
      }
      const nothing = undefined;
      const rows = new PackedRows(readRow);
      this.#waiting.push({ rows, columns: nothing, error: nothing, tooLarge: nothing, isNeeded, resolve, reject });
      this.#write(message);
    });
  }

  /** Sends a message. All messages of one turn of the event loop go out in one write. */
  #write(message: Buffer): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      queueMicrotask(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(message);
  }

  /** Reads until the connection ends, and then tells all who wait. */
  async #run(): Promise<void> {
    try {
      for (;;) {
        const chunk = await this.#reader.read();
        if (chunk === undefined) {
          throw new ProbeFailure('request', 'connection_closed', REQUEST_FAILED, { err: 'unexpected EOF' });
        }
        if (loopTurns.isOver()) await loopTurns.next(this.#turns++);
        this.#gate.accept(chunk);
        if (this.#authentication === undefined) continue;
        // A proof of many rounds takes as long as the server likes.
        this.#socket.write(await unlessAborted(this.#authentication, this.#signal));
        this.#authentication = undefined;
      }
    } catch (error) {
      this.#end = asError(error);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#end);
    }
  }

  #take(type: string, message: Buffer): void {
    switch (type) {
      case 'R':
        this.#authenticate(message);
        return;
      case 'E':
        this.#takeError(readError(message));
        return;
      case 'T':
        // The rows of the last statement are the answer.
        Object.assign(this.#statement(), { rows: new PackedRows(readRow), columns: message });
        return;
      case 'C':
      case 'I':
      case '1':
      case '2':
      case 's':
      case 'n':
        this.#statement();
        return;
      case 'Z':
        this.#finish();
        return;
      default:
      // Messages about settings and keys, and notices, need no action.
    }
  }

  #authenticate(message: Buffer): void {
    if (this.#isLoggedIn || this.#authentication !== undefined) throw malformed('a message that nobody asked for');
    this.#authentication = this.#login.answer(readAuthentication(message));
    // The promise is awaited once everything that came with the message has been read.
    this.#authentication?.catch(ignore);
  }

  /** An error that ends the connection is the server's last word. */
  #takeError(error: ServerError): void {
    const [question] = this.#waiting;
    if (!this.#isLoggedIn || endsSession(error)) {
      throw lastWord(error, this.#isLoggedIn);
    }
    if (question === undefined) throw malformed('an error that nobody asked for');
    question.error = error;
  }

  /** Leaves an answer out that is too large, unless it is needed. */
  #leaveOut(why: string): boolean {
    const [question] = this.#waiting;
    if (question === undefined || question.isNeeded) return false;
    question.rows = new PackedRows(readRow);
    question.tooLarge = why;
    return true;
  }

  #finish(): void {
    if (!this.#login.isDone) throw malformed('ready for a statement before the log-in is done');
    const { rows, columns, error, tooLarge, resolve, reject } = this.#question();
    this.#waiting.shift();
    this.#isLoggedIn = true;
    const refusal = tooLarge === undefined ? error?.text : `an answer that is too large: ${tooLarge}`;
    if (refusal === undefined) resolve({ rows, columns });
    else reject(new StatementRefused(refusal));
  }

  /** The statement that is being answered. Before the log-in is done, nothing was asked. */
  #statement(): Question {
    if (!this.#isLoggedIn) throw malformed('an answer before the log-in is done');
    return this.#question();
  }

  #question(): Question {
    const [question] = this.#waiting;
    if (question === undefined) throw malformed('an answer that nobody asked for');
    return question;
  }

  #failure(error: unknown): ProbeFailure | StatementRefused {
    const signal = this.#signal;
    if (error instanceof ProbeFailure || error instanceof StatementRefused) return error;
    // In TLS 1.3, a server only refuses the client's certificate now.
    const alert = signal.aborted ? undefined : tlsAlertReason(error);
    if (alert !== undefined) return new ProbeFailure('tls', alert, REQUEST_FAILED, { err: goTlsError(error) });
    return stepFailure(error, { phase: 'request', signal, message: REQUEST_FAILED });
  }
}

function ignore(): void {
  // The error is reported by whoever awaits the promise.
}

/** The message Terminate. */
const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
