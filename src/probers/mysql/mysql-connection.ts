import type { Socket } from 'node:net';
import { SocketReader } from '../../net/socket-reader.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import { loopTurns } from '../../values/loop-turns.js';
import { StatementRefused } from '../server-client/run-collectors.js';
import { logIn } from './login/log-in.js';
import type { LoginRules } from './login/login-rules.js';
import { endsSession, failureOf, MysqlRefusal } from './mysql-errors.js';
import { malformed, REQUEST_FAILED } from './mysql-packets.js';
import { type Answer, PacketGate, type Said } from './packet-gate.js';

export type { Answer } from './packet-gate.js';

/** The user who logs in, and the rules of the log-in. */
export interface MysqlLogin extends LoginRules {
  readonly user: string;
  readonly password: string | undefined;
  /** The packet with the greeting, where it was read before the connection was handed over. */
  readonly greeting: Buffer | undefined;
  /** Whether the server was asked for TLS after that, and speaks it. */
  readonly hasTls: boolean;
}

/** The command that a statement is asked with. */
const QUERY = Buffer.from([3]);
/** The command COM_QUIT, as a packet. */
const QUIT = Buffer.from([1, 0, 0, 0, 1]);
const HEAD_BYTES = 4;
/** The number of the request for TLS, which follows the greeting and is not answered. */
const TLS_REQUEST_NUMBER = 1;

/** One connection, on which one statement is asked after the other; whoever opened the socket closes it. */
export class MysqlConnection {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #reader: SocketReader;
  #turns = 0;
  readonly #gate = new PacketGate();

  private constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    this.#reader = new SocketReader(socket, signal);
  }

  /** Logs in. Rejects with a ProbeFailure. */
  static async open(socket: Socket, login: MysqlLogin, signal: AbortSignal): Promise<MysqlConnection> {
    const connection = new MysqlConnection(socket, signal);
    try {
      await connection.#logIn(login);
      return connection;
    } catch (error) {
      connection.drop();
      throw connection.#failure(error);
    }
  }

  /**
   * Asks one statement. Rejects with a MysqlRefusal where the server refuses it, with a StatementRefused where the
   * answer is too large, else with a ProbeFailure.
   */
  async ask(sql: string): Promise<Answer> {
    const said = await this.#dialogue(sql);
    if (said.kind === 'answer') return said.answer;
    if (said.kind === 'left out') throw new StatementRefused(`an answer that is too large: ${said.why}`);
    if (said.kind !== 'error') throw malformed('no answer to a statement');
    throw endsSession(said.error.number) ? failureOf(said.error) : new MysqlRefusal(said.error);
  }

  /** Tells the server that the session ends, without waiting for an answer. */
  leave(): void {
    this.#socket.write(QUIT);
    this.drop();
  }

  /** Stops reading. */
  drop(): void {
    this.#reader.drop();
  }

  async #dialogue(sql: string): Promise<Said> {
    try {
      this.#send(0, Buffer.concat([QUERY, Buffer.from(sql)]));
      return await this.#said();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #logIn({ greeting, password = '', ...login }: MysqlLogin): Promise<void> {
    if (greeting !== undefined) this.#gate.accept(greeting);
    if (login.hasTls) this.#gate.sent(TLS_REQUEST_NUMBER);
    return logIn(
      { ...login, password },
      {
        send: (payload) => {
          this.#send(this.#gate.number, payload);
        },
        said: () => this.#said(),
      },
    );
  }

  #send(number: number, payload: Buffer): void {
    const packet = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
    packet.writeUIntLE(payload.length, 0, 3);
    packet[3] = number;
    payload.copy(packet, HEAD_BYTES);
    this.#gate.sent(number);
    this.#socket.write(packet);
  }

  /** Waits for a complete message of the server. Rejects with a ProbeFailure, or with the error of the socket. */
  async #said(): Promise<Said> {
    for (;;) {
      const said = this.#gate.takeSaid();
      if (said !== undefined) return said;
      const chunk = await this.#reader.read();
      if (chunk === undefined) {
        throw new ProbeFailure('request', 'connection_closed', REQUEST_FAILED, { err: 'unexpected EOF' });
      }
      if (loopTurns.isOver()) await loopTurns.next(this.#turns++);
      this.#gate.accept(chunk);
    }
  }

  #failure(error: unknown): ProbeFailure {
    const signal = this.#signal;
    if (error instanceof ProbeFailure) return error;
    // In TLS 1.3, a server only refuses the client's certificate now.
    const alert = signal.aborted ? undefined : tlsAlertReason(error);
    if (alert !== undefined) return new ProbeFailure('tls', alert, REQUEST_FAILED, { err: goTlsError(error) });
    return stepFailure(error, { phase: 'request', signal, message: REQUEST_FAILED });
  }
}
