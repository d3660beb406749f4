import type { FamilyResolver } from '../../net/resolve/resolver.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { ProbeContext } from '../../probe/prober.js';
import type { Clock } from '../../values/clock.js';
import { goQuote } from '../../values/go/go-quote.js';
import type { RawOauth2, RawTlsConfig } from '../../values/raw-config.js';
import { basicHeader } from './http-credentials.js';
import type { TokenAnswer } from './http-oauth2-answer.js';
import { postForm } from './http-oauth2-post.js';
import { compileRoute } from './http-oauth2-route.js';
import type { Environment } from './http-proxy.js';

/** The dependencies of token requests. */
export interface Oauth2Deps {
  /** The probe's own User-Agent; undefined for none. */
  readonly userAgent: string | undefined;
  readonly env: Environment;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
  /** Looks up the token endpoint and its proxy. */
  readonly resolver: FamilyResolver;
  /** The clock for the times in a signed grant; the system's if absent. */
  readonly clock?: Clock;
}

/** The probe that asks for a token: its deadline, and where it may go. */
export type Asker = Pick<ProbeContext, 'signal' | 'policy' | 'secrets'>;

/** A request for a token (RFC 6749, 4.4.2). */
export interface TokenRequest {
  /** An encoded form. */
  readonly body: string;
  /** The value of the Authorization header. */
  readonly authorization?: string;
  readonly asker: Asker;
}

/** The server that grants tokens. */
export interface TokenEndpoint {
  /** Sends a form and reads the answer, with any status. Rejects with a ProbeFailure of the phase auth. */
  readonly post: (request: TokenRequest) => Promise<TokenAnswer>;
}

/** Compiles where and how tokens are asked for; throws ConfigError for its proxy. */
export function compileTokenEndpoint(raw: RawOauth2, deps: Oauth2Deps): TokenEndpoint {
  const { token_url: text } = raw;
  const { userAgent } = deps;
  const route = compileRoute(raw, deps);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return unusable(text, url);
  // The client's own credentials win over those in the URL, which the request must not carry twice.
  const own =
    url.username === ''
      ? undefined
      : { authorization: basicHeader(decodeURIComponent(url.username), decodeURIComponent(url.password)) };
  url.username = '';
  url.password = '';
  return { post: (request) => postForm(url, { ...own, ...request, userAgent, route }) };
}

/** Upstream loads such a configuration, and fails every probe with it. */
function unusable(text: string, url: URL | undefined): TokenEndpoint {
  const scheme = url?.protocol.slice(0, -1) ?? '';
  const err = `Post ${goQuote(text)}: unsupported protocol scheme ${goQuote(scheme)}`;
  return {
    post: () => Promise.reject(new ProbeFailure('auth', 'token_unreachable', 'Error for HTTP request', { err })),
  };
}
