import type { Socket } from 'node:net';
import { readTimedOut } from '../../net/connection-ends.js';
import { SocketReader } from '../../net/socket-reader.js';
import { tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import { endedWithinRecord } from '../../net/tls/records/record-watch.js';
import { textOf } from '../../probe/error-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { Fields } from '../../probe/fields.js';
import type { ProbeContext } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { MatchGroups } from '../../values/go/go-template.js';
import { reportBytesFailure, reportMatch, reportRegexFailure } from './dialogue-report.js';
import {
  type BytesExpectation,
  type QueryStep,
  type TextExpectation,
  type Utterance,
  utteredBytes,
} from './query-step.js';
import { ReadLog, shortened } from './read-log.js';
import { ReceiveBuffer, TooLongError } from './receive-buffer.js';
import { type Search, type SearchResult, searchText } from './text-search.js';
import { writeAll } from './write-all.js';

const NO_GROUPS: readonly string[] = [];

/**
 * Talks with a target over a connection, step by step. It does not own the socket. Every method rejects with a
 * ProbeFailure.
 */
export class StreamDialogue {
  readonly #context: ProbeContext;
  readonly #readLog: ReadLog;
  #socket: Socket;
  #buffer: ReceiveBuffer;
  /** Whether the last expectation was of lines, behind which upstream drops what came with them. */
  #isOfLines = false;

  constructor(socket: Socket, context: ProbeContext) {
    this.#context = context;
    this.#readLog = new ReadLog(context);
    this.#socket = socket;
    this.#buffer = new ReceiveBuffer(new SocketReader(socket, context.signal));
  }

  /** Expects and sends what the step says; TLS is left to the caller. */
  talk({ expect, send }: QueryStep): Promise<unknown> {
    if (expect === undefined) return send === undefined ? Promise.resolve() : this.#send(send, NO_GROUPS);
    return send === undefined ? this.#expect(expect) : this.#answer(expect, send);
  }

  async #answer(expect: TextExpectation | BytesExpectation, send: Utterance): Promise<void> {
    await this.#send(send, await this.#expect(expect));
  }

  /**
   * Gives the socket back for a TLS handshake. What came together with a line that answers STARTTLS is dropped, as
   * upstream does: a second line of it, or what somebody put behind it on its way, is no part of the TLS connection.
   * Behind bytes nothing else may come, so that a server that is another one fails at once.
   */
  release(): Socket {
    const { content } = this.#buffer;
    if (this.#isOfLines && content.length > 0) {
      this.#context.log.debug('Dropping data before TLS', { bytes: content.length });
      this.#buffer.consume(content.length);
    }
    const unread = this.#buffer.release();
    if (unread.length > 0) this.#socket.unshift(unread);
    return this.#socket;
  }

  /** Continues over another socket, where lines start afresh. */
  resume(socket: Socket): void {
    this.#socket = socket;
    this.#buffer = new ReceiveBuffer(new SocketReader(socket, this.#context.signal));
  }

  async #expect(expectation: TextExpectation | BytesExpectation): Promise<MatchGroups> {
    this.#isOfLines = expectation.kind === 'text';
    try {
      if (expectation.kind === 'text') return this.#judge(expectation, await searchText(expectation, this.#search));
      await this.#expectBytes(expectation);
      return NO_GROUPS;
    } catch (error) {
      throw this.#readFailure(error);
    }
  }

  get #search(): Search {
    return { buffer: this.#buffer, context: this.#context, readLog: this.#readLog };
  }

  #judge(expectation: TextExpectation, result: SearchResult): MatchGroups {
    const { metrics, log } = this.#context;
    if (result.found === 'match') {
      reportMatch(metrics, expectation, result.groups);
      return result.groups;
    }
    if (result.found !== 'rejected' && endedWithinRecord(this.#socket)) {
      // Go's reader tells the end of a connection from one within a record: that is no answer that does not match.
      throw broken('connection_closed', 'Error reading from connection', { err: 'unexpected EOF' });
    }
    reportRegexFailure(metrics);
    if (result.found === 'rejected') {
      const regexp = expectation.reject?.source ?? '';
      throw broken('response_rejected', 'Line is to be rejected', { regexp, line: shortened(result.text) });
    }
    log.debug('The connection was closed by the target');
    const reason = result.heard ? 'response_mismatch' : 'connection_closed';
    throw broken(reason, 'Regexp did not match', { regexp: expectation.regexp.source });
  }

  /** Waits for bytes. It judges what has arrived so far, so that a wrong beginning fails at once. */
  async #expectBytes({ bytes }: BytesExpectation): Promise<void> {
    for (;;) {
      const { content } = this.#buffer;
      const compared = Math.min(content.length, bytes.length);
      if (content.compare(bytes, 0, compared, 0, compared) !== 0) {
        reportBytesFailure(this.#context.metrics);
        this.#readLog.sees(content.subarray(0, bytes.length).toString('latin1'));
        const got = shortened(content.subarray(0, bytes.length).toString('hex'));
        throw broken('response_mismatch', 'Bytes did not match', {
          expected: shortened(bytes.toString('hex')),
          bytes: got,
        });
      }
      if (compared === bytes.length) {
        this.#buffer.consume(compared);
        return;
      }
      if (await this.#buffer.receive()) continue;
      throw broken('connection_closed', 'Read less data than expected', { expected: bytes.length, bytes: compared });
    }
  }

  async #send(send: Utterance, groups: MatchGroups): Promise<void> {
    const bytes = utteredBytes(send, groups);
    if (bytes === undefined) return;
    const { signal } = this.#context;
    this.#readLog.sending(send, bytes);
    try {
      await writeAll(this.#socket, bytes, signal);
    } catch (error) {
      const told = { phase: 'dialogue', signal, message: 'Failed to send', ...alertIn(error) } as const;
      throw stepFailure(error, told);
    }
  }

  #readFailure(error: unknown): ProbeFailure {
    const message = 'Error reading from connection';
    if (error instanceof TooLongError) return broken('response_too_large', message, { err: textOf(error) });
    const { signal } = this.#context;
    const timedOut = readTimedOut(this.#socket);
    return stepFailure(error, { phase: 'dialogue', signal, message, timedOut, ...alertIn(error) });
  }
}

/** The reason if a server refuses the client's certificate, which it only does after the handshake in TLS 1.3. */
function alertIn(error: unknown): { otherwise?: FailureReason } {
  const reason = tlsAlertReason(error);
  return reason === undefined ? {} : { otherwise: reason };
}

function broken(reason: FailureReason, message: string, fields: Fields): ProbeFailure {
  return new ProbeFailure('dialogue', reason, message, fields);
}
