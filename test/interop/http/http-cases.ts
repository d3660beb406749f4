import type { DifferenceId } from '../expected-differences.js';
import type { IdentityName } from '../tls/identities.js';
import type { Http2Reply, OriginOptions, Reply } from './origin.js';

/** A server of a case. */
export interface OriginSpec {
  /** A list answers the first connection with its first reply and so on, the last one all that follow. */
  readonly reply?: Reply | readonly string[];
  /** Speaks TLS with this identity. */
  readonly identity?: IdentityName;
  /** Offers HTTP/2 (and HTTP/1.1) by ALPN and answers with this. */
  readonly http2?: Http2Reply;
  /** Whether it asks for a certificate of the client: any may be left out, or one of our authority is demanded. */
  readonly clientCertificate?: 'demanded';
  readonly tlsVersions?: { readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'; readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' };
  readonly options?: Pick<OriginOptions, 'host' | 'onConnect' | 'withBody'>;
}

/**
 * One probe that both programs are asked for. In texts `@0` is the port of the first origin, `@1` of the second, and
 * `@dead` one that nothing listens at; files are in the working directory of both programs.
 */
export interface HttpCase {
  readonly name: string;
  /** `http:` of the module. */
  readonly http?: Readonly<Record<string, unknown>>;
  /** `http://127.0.0.1:@0/` where absent. */
  readonly target?: string;
  readonly origins?: readonly OriginSpec[];
  readonly params?: Readonly<Record<string, string>>;
  /** The timeout header; ten seconds where absent. */
  readonly scrapeTimeoutSeconds?: number;
  /** Differences that the case must show, beside those that every probe shows. */
  readonly differs?: readonly DifferenceId[];
}

/** An HTTP/1.1 answer with a length. */
export function answer(status: string, body = '', headers: readonly string[] = []): string {
  return [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

/** An answer without a body that sends elsewhere. */
export function redirect(location: string, status = '302 Found', headers: readonly string[] = []): string {
  return answer(status, '', [`Location: ${location}`, ...headers]);
}

/** An origin that answers 200 with a short body. */
export const HELLO: OriginSpec = { reply: answer('200 OK', 'hello world') };
