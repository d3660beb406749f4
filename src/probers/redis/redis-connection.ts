import type { Socket } from 'node:net';
import { SocketReader } from '../../net/socket-reader.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import { heapRoom } from '../../probe/heap-room.js';
import { stepFailure } from '../../probe/step-failure.js';
import { RespEnd, RespError, RespReader, RespSyntax, RespTooLarge, type RespValue } from './resp-reader.js';

/** A command with its arguments. */
export type RedisCommand = readonly [name: string, ...args: string[]];

/** The log line of a failure after the connection was made. */
export const REQUEST_FAILED = 'Error asking the Redis server';

/** The most bytes of the answers to commands that are asked at once: all of them are held together. */
const MOST_ANSWERED_BYTES = 16 * 1024 * 1024;

/** One connection that commands are asked on; whoever opened the socket closes it. */
export class RedisConnection {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #reader: SocketReader;
  readonly #answers: RespReader;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    this.#reader = new SocketReader(socket, signal);
    this.#answers = new RespReader(this.#reader);
  }

  /**
   * Sends commands at once, and gives their answers, errors of the server among them. Rejects with a ProbeFailure, also
   * where an error says that the server takes nothing more.
   */
  async ask(commands: readonly RedisCommand[]): Promise<readonly RespValue[]> {
    const answers: RespValue[] = [];
    let bytes = 0;
    if (commands.length === 0) return answers;
    try {
      this.#socket.write(commands.map(encode).join(''));
      while (answers.length < commands.length) {
        const answer = await this.#answers.read();
        bytes += this.#answers.bytes;
        heapRoom.take(this.#answers.bytes, bytes);
        if (bytes > MOST_ANSWERED_BYTES) throw new RespTooLarge(`answers of more than ${MOST_ANSWERED_BYTES} bytes`);
        if (answer instanceof RespError) refuseConnection(answer);
        answers.push(answer);
      }
    } catch (error) {
      throw this.#failure(error);
    }
    return answers;
  }

  /**
   * Waits for a turn of the event loop, for whoever works on answers: it counts with those that reading them took, so
   * that a server whose answers never end goes behind those who have just begun.
   */
  turn(): Promise<void> {
    return this.#answers.turn();
  }

  /** Stops reading; the socket is closed by its owner at once. */
  drop(): void {
    this.#reader.drop();
  }

  #failure(error: unknown): ProbeFailure {
    const signal = this.#signal;
    // In TLS 1.3, a server only refuses the client's certificate now.
    const alert = signal.aborted ? undefined : tlsAlertReason(error);
    if (alert !== undefined) return new ProbeFailure('tls', alert, REQUEST_FAILED, { err: goTlsError(error) });
    const otherwise = reasonOf(error);
    return stepFailure(error, { phase: 'request', signal, message: REQUEST_FAILED, ...(otherwise && { otherwise }) });
  }
}

function reasonOf(error: unknown): FailureReason | undefined {
  if (error instanceof RespSyntax) return 'protocol_error';
  if (error instanceof RespTooLarge) return 'response_too_large';
  return error instanceof RespEnd ? 'connection_closed' : undefined;
}

/** Throws the ProbeFailure for an error by which a server turns the connection away, whatever was asked. */
function refuseConnection({ text }: RespError): void {
  if (text.startsWith('ERR max number of clients')) throw refused('too_many_connections', text);
  if (text.startsWith('DENIED ')) throw refused('permission_denied', text);
}

/** The failure of an answer that is an error. */
export function refused(reason: FailureReason, text: string): ProbeFailure {
  return new ProbeFailure('request', reason, REQUEST_FAILED, { err: text });
}

/** The failure of a refused command that the probe cannot do without. */
export function refusalOf({ text }: RespError): ProbeFailure {
  const code = text.split(' ', 1)[0];
  if (code === 'NOAUTH' || code === 'WRONGPASS') return refused('auth_failed', text);
  return refused(code === 'NOPERM' ? 'permission_denied' : 'protocol_error', text);
}

/** An array of bulk strings, the form in which commands are sent. */
function encode(command: RedisCommand): string {
  return `*${command.length}\r\n${command.map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`).join('')}`;
}
