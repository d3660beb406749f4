import type { FailureReason } from '../../probe/failure.js';
import { goQuote } from '../../values/go/go-quote.js';
import { CODE, codeName, STREAM } from './http2-codes.js';

/** Why an exchange over HTTP/2 came to nothing; `reason` is what a probe reports. */
export abstract class Http2Error extends Error {
  abstract readonly reason: FailureReason;
  /** Whether the whole connection is at its end, and not just the stream. */
  abstract readonly ofConnection: boolean;
}

/** The server broke a rule; the text names the frame or the field. */
export class Http2Violation extends Http2Error {
  override readonly name = 'Http2Violation';
  override readonly reason: FailureReason;
  override readonly ofConnection: boolean;
  /** The error code that we send when we end the stream or connection. */
  readonly errorCode: number;

  constructor(code: number, what: string, scope: 'connection' | 'stream' = 'connection') {
    super(`http2: ${what} (${codeName(code)})`);
    this.errorCode = code;
    this.reason = 'response_malformed';
    this.ofConnection = scope === 'connection';
  }
}

/** The fields of an answer take more room than Sonde gives them. */
export class Http2FieldsTooLarge extends Http2Error {
  override readonly name = 'Http2FieldsTooLarge';
  override readonly reason = 'response_header_too_large';
  override readonly ofConnection = false;
}

/** The server reset the stream. */
export class Http2Reset extends Http2Error {
  override readonly name = 'Http2Reset';
  override readonly reason: FailureReason;
  override readonly ofConnection = false;
  readonly errorCode: number;

  constructor(code: number, otherwise: FailureReason) {
    super(`stream error: stream ID ${STREAM}; ${codeName(code)}; received from peer`);
    this.errorCode = code;
    this.reason = otherwise === 'body_truncated' ? otherwise : reasonOfCode(code, otherwise);
  }
}

/** The codes of RST_STREAM and GOAWAY that have a failure reason of their own. */
const REASON_OF_CODE: ReadonlyMap<number, FailureReason> = new Map([
  [CODE.REFUSED_STREAM, 'http2_refused_stream'],
  [CODE.ENHANCE_YOUR_CALM, 'http2_enhance_your_calm'],
]);

/**
 * The failure reason for the code of an RST_STREAM or GOAWAY frame, or `otherwise` for a code without one of its own.
 */
export function reasonOfCode(code: number, otherwise: FailureReason): FailureReason {
  return REASON_OF_CODE.get(code) ?? otherwise;
}

/** The content of a GOAWAY frame. */
export interface Farewell {
  readonly lastStream: number;
  readonly code: number;
  /** Text for people, cut to a length that fits a log. */
  readonly debug: string;
}

/** The server ended the connection with GOAWAY before the answer was complete. */
export class Http2GoneAway extends Http2Error {
  override readonly name = 'Http2GoneAway';
  override readonly reason: FailureReason;
  override readonly ofConnection = true;
  readonly errorCode: number;

  constructor({ code, lastStream, debug }: Farewell, otherwise: FailureReason) {
    const said = `LastStreamID=${lastStream}, ErrCode=${codeName(code)}, debug=${goQuote(debug)}`;
    super(`http2: server sent GOAWAY and closed the connection; ${said}`);
    this.errorCode = code;
    this.reason = otherwise === 'body_truncated' ? otherwise : reasonOfCode(code, 'http2_goaway');
  }
}

/**
 * The answer ended before it was complete: the connection without a word, or the stream before the length that it had
 * declared.
 */
export class Http2Ended extends Http2Error {
  override readonly name = 'Http2Ended';
  override readonly reason: FailureReason;
  override readonly ofConnection = true;

  constructor(reason: FailureReason) {
    super('unexpected EOF');
    this.reason = reason;
  }
}
