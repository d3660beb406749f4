import type { HttpHeaders } from '../../net/http1/http-headers.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import type { BodyResult } from './body/http-body.js';

/** The answer that counts: the first one that is no redirect, or the redirect that was not followed. */
export interface FinalAnswer {
  readonly version: string;
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly contentLength: number;
  /** Absent where a redirect was not followed: upstream closes such a body unread, and so do we. */
  readonly body?: BodyResult;
}

/** The facts of all exchanges with the target and the hosts of its redirects. */
export interface HttpObservation {
  readonly answer: FinalAnswer;
  /** Redirects that were met, the refused one included. */
  readonly redirects: number;
  /** The facts of the connection that carried the final answer; absent if that was plain HTTP. */
  readonly tls?: TlsFacts;
}
