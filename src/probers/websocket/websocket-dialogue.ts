import { codeOf } from '../../probe/error-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { Fields } from '../../probe/fields.js';
import type { ProbeContext } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { MatchGroups } from '../../values/go/go-template.js';
import { type QueryStep, type TextExpectation, type Utterance, utteredBytes } from '../query-response/query-step.js';
import { ReadLog, shortened } from '../query-response/read-log.js';
import { matches, matchText, readLongText } from '../query-response/received-text.js';
import type { WebsocketConnection } from './websocket-connection.js';

const NO_GROUPS: readonly string[] = [];

/** Talks with a server message by message. It does not own the connection. */
export class WebsocketDialogue {
  readonly #connection: WebsocketConnection;
  readonly #context: ProbeContext;
  readonly #readLog: ReadLog;

  constructor(connection: WebsocketConnection, context: ProbeContext) {
    this.#connection = connection;
    this.#context = context;
    this.#readLog = new ReadLog(context);
  }

  /**
   * Expects one message and sends one; expect_bytes, labels and starttls mean nothing here, as in upstream. Rejects
   * with a ProbeFailure.
   */
  async talk({ expect, send }: QueryStep): Promise<void> {
    const groups = expect?.kind === 'text' ? await this.#expect(expect) : NO_GROUPS;
    if (send !== undefined) await this.#send(send, groups);
  }

  async #expect({ regexp, reject }: TextExpectation): Promise<MatchGroups> {
    const message = await this.#read();
    if (message === undefined) {
      throw broken('connection_closed', 'Error reading from connection', {
        err: `websocket: close ${this.#connection.closeCode ?? 0}`,
      });
    }
    const received = await readLongText(message);
    this.#readLog.read(received.text);
    const line = shortened(received.text);
    if (reject !== undefined && (await this.#check(matches(received, reject, this.#context.signal)))) {
      throw broken('response_rejected', 'Message is to be rejected', { regexp: reject.source, line });
    }
    const match = await this.#check(matchText(received, regexp, this.#context.signal));
    if (match === undefined) throw broken('response_mismatch', 'Regexp did not match', { regexp: regexp.source, line });
    this.#readLog.matched(received.text, regexp.source);
    return match.groups;
  }

  async #check<T>(check: T | Promise<T>): Promise<T> {
    try {
      return await check;
    } catch (error) {
      throw this.#failure(error, 'Error checking the message');
    }
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      return await this.#connection.read();
    } catch (error) {
      throw this.#failure(error, 'Error reading from connection');
    }
  }

  async #send(send: Utterance, groups: MatchGroups): Promise<void> {
    // Messages have an end of their own: a text gets no line feed.
    const bytes = utteredBytes(send.kind === 'text' ? { ...send, lineEnding: '' } : send, groups);
    if (bytes === undefined) return;
    const binary = send.kind === 'bytes';
    this.#readLog.sending(send, bytes);
    // The server's goodbye is not answered by more messages; waiting for the end of the connection gives its close
    // code.
    if (this.#connection.isClosing) {
      while ((await this.#read()) !== undefined);
      throw broken('connection_closed', 'Failed to send', {
        err: `websocket: close ${this.#connection.closeCode ?? 0}`,
      });
    }
    try {
      await this.#connection.send(bytes, { binary });
    } catch (error) {
      throw this.#failure(error, 'Failed to send');
    }
  }

  #failure(error: unknown, message: string): ProbeFailure {
    const otherwise = reasonOf(codeOf(error));
    const { signal } = this.#context;
    return stepFailure(error, { phase: 'dialogue', signal, message, ...(otherwise && { otherwise }) });
  }
}

const TOO_LARGE: ReadonlySet<string> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS',
]);

/** The failure reason of an error code of the client library. */
function reasonOf(code: string | undefined): FailureReason | undefined {
  if (code !== undefined && TOO_LARGE.has(code)) return 'response_too_large';
  return code?.startsWith('WS_ERR_') === true ? 'response_malformed' : undefined;
}

function broken(reason: FailureReason, message: string, fields: Fields): ProbeFailure {
  return new ProbeFailure('dialogue', reason, message, fields);
}
