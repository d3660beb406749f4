import { canonicalHeaderName } from '../../net/http1/http-headers.js';
import { addressPolicy } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { parseByteSize } from '../../values/byte-size.js';
import { bytesOf } from '../../values/byte-string.js';
import { type CelProgram, compileCel, isQuickCel } from '../../values/cel/cel-program.js';
import { within } from '../../values/config-error.js';
import { compileSoundRegexp, type GoRegexp } from '../../values/go/go-regexp.js';
import type { RawHeaderMatch, RawHttp, RawTlsConfig } from '../../values/raw-config.js';
import {
  compileCredentials,
  compileHttpHeaders,
  type Credentials,
  type HttpHeaders as ConfiguredHeaders,
} from '../http-client/http-credentials.js';
import { compileOauth2, type Oauth2Client } from '../http-client/http-oauth2.js';
import type { Oauth2Deps } from '../http-client/http-oauth2-endpoint.js';
import { compileProxy, type Environment, type ProxyChooser } from '../http-client/http-proxy.js';

/** One entry of fail_if_header_matches or fail_if_header_not_matches. */
export interface HeaderExpectation {
  /** The name of the header as configured, for texts. */
  readonly header: string;
  /** Canonical, for looking up. */
  readonly name: string;
  readonly regexp: GoRegexp;
  readonly allowMissing: boolean;
}

/**
 * A CEL expression over the JSON body; compiled in the background, since the library is loaded only when it is needed.
 * A long one has no program here, and the first of a process that serves already: only threads compile these.
 */
export interface CelExpectation {
  readonly expression: string;
  readonly program: Promise<CelProgram> | undefined;
}

/** The expectations about the final answer. */
export interface HttpExpectations {
  /** Empty: 200–299. */
  readonly validStatusCodes: readonly number[];
  /** The versions that are accepted; empty if all are. */
  readonly validVersions: readonly string[];
  readonly failIfTls: boolean;
  readonly failIfNotTls: boolean;
  readonly headerMatches: readonly HeaderExpectation[];
  readonly headerNotMatches: readonly HeaderExpectation[];
  readonly bodyMatches: readonly GoRegexp[];
  readonly bodyNotMatches: readonly GoRegexp[];
  readonly celMatches: CelExpectation | undefined;
  readonly celNotMatches: CelExpectation | undefined;
}

/** The request to the first host and to the hosts of redirects. */
export interface RequestRecipe {
  readonly method: string;
  /** The Host header of the module, if it has one. */
  readonly hostHeader: string | undefined;
  /** Undefined if the module asks for none with `User-Agent: ""`. */
  readonly userAgent: string | undefined;
  /** Canonical names, sorted. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** http_headers: with values, secrets and files; added to `headers`. */
  readonly configuredHeaders: ConfiguredHeaders | undefined;
  readonly body: Uint8Array | undefined;
  readonly bodyFile: string | undefined;
  readonly credentials: Credentials | undefined;
  readonly oauth2: Oauth2Client | undefined;
}

/** The options of an http module, compiled. */
export interface HttpOptions {
  readonly recipe: RequestRecipe;
  readonly expectations: HttpExpectations;
  readonly followRedirects: boolean;
  readonly http2: boolean;
  readonly http3: boolean;
  readonly addresses: { readonly preferred: 'ip4' | 'ip6'; readonly fallback: boolean };
  readonly skipResolveWithProxy: boolean;
  readonly proxy: ProxyChooser;
  readonly proxyConnectHeaders: readonly (readonly [string, string])[];
  readonly compression: string;
  readonly bodyLimitBytes: number;
  readonly tls: TlsClient;
}

/** The dependencies of compiling an http module. */
export interface HttpDeps {
  /** The User-Agent of modules that do not name their own. */
  readonly userAgent: string;
  readonly env: Environment;
  readonly resolver: Resolver;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
}

/** Compiles the `http:` block of a module; throws ConfigError. */
export function compileHttpOptions(raw: RawHttp, deps: HttpDeps): HttpOptions {
  return {
    recipe: compileRecipe(raw, deps),
    expectations: compileExpectations(raw),
    followRedirects: raw.no_follow_redirects === undefined ? raw.follow_redirects : !raw.no_follow_redirects,
    http2: raw.enable_http2,
    http3: raw.enable_http3,
    addresses: addressPolicy(raw),
    skipResolveWithProxy: raw.skip_resolve_phase_with_proxy,
    proxy: compileProxy(raw, deps.env),
    proxyConnectHeaders: Object.entries(raw.proxy_connect_header).flatMap(([name, values]) =>
      values.map((value) => [name, value] as const),
    ),
    compression: raw.compression,
    bodyLimitBytes: parseByteSize(raw.body_size_limit),
    tls: deps.compileTls(raw.tls_config),
  };
}

/** Framing is ours, and Host and User-Agent have a place of their own. */
const NOT_IN_HEADERS: ReadonlySet<string> = new Set(['Host', 'User-Agent', 'Content-Length', 'Transfer-Encoding']);

function compileRecipe(raw: RawHttp, deps: HttpDeps): RequestRecipe {
  const canonical = new Map(Object.entries(raw.headers).map(([name, value]) => [canonicalHeaderName(name), value]));
  const userAgent = canonical.get('User-Agent') ?? deps.userAgent;
  return {
    method: raw.method === '' ? 'GET' : raw.method,
    hostHeader: canonical.get('Host') || undefined,
    userAgent: userAgent === '' ? undefined : userAgent,
    headers: [...canonical].filter(([name]) => !NOT_IN_HEADERS.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)),
    configuredHeaders: Object.keys(raw.http_headers).length === 0 ? undefined : compileHttpHeaders(raw.http_headers),
    body: raw.body === '' ? undefined : bytesOf(raw.body),
    bodyFile: raw.body_file === '' ? undefined : raw.body_file,
    credentials: compileCredentials(raw),
    oauth2: compileToken(raw, { ...deps, userAgent: userAgent || undefined }),
  };
}

function compileToken({ oauth2 }: RawHttp, deps: Oauth2Deps): Oauth2Client | undefined {
  return oauth2 === undefined ? undefined : within(['oauth2'], () => compileOauth2(oauth2, deps));
}

function compileExpectations(raw: RawHttp): HttpExpectations {
  return {
    validStatusCodes: raw.valid_status_codes,
    validVersions: raw.valid_http_versions,
    failIfTls: raw.fail_if_ssl,
    failIfNotTls: raw.fail_if_not_ssl,
    headerMatches: raw.fail_if_header_matches.map(compileHeaderExpectation),
    headerNotMatches: raw.fail_if_header_not_matches.map(compileHeaderExpectation),
    bodyMatches: compileRegexps(raw, 'fail_if_body_matches_regexp'),
    bodyNotMatches: compileRegexps(raw, 'fail_if_body_not_matches_regexp'),
    celMatches: compileCelExpectation(raw.fail_if_body_json_matches_cel),
    celNotMatches: compileCelExpectation(raw.fail_if_body_json_not_matches_cel),
  };
}

function compileHeaderExpectation(raw: RawHeaderMatch): HeaderExpectation {
  const { header, regexp, allow_missing: allowMissing } = raw;
  return { header, name: canonicalHeaderName(header), regexp: compileSoundRegexp(regexp), allowMissing };
}

type RegexpList = 'fail_if_body_matches_regexp' | 'fail_if_body_not_matches_regexp';

function compileRegexps(raw: RawHttp, key: RegexpList): readonly GoRegexp[] {
  return raw[key].map((pattern, index) => within([key, index], () => compileSoundRegexp(pattern)));
}

function compileCelExpectation(expression: string | undefined): CelExpectation | undefined {
  if (expression === undefined || expression === '') return undefined;
  if (!isQuickCel(expression)) return { expression, program: undefined };
  const program = compileCel(expression);
  // The configuration has compiled the same expression before; should it fail all the same, the probe that awaits it
  // says so.
  program.catch(() => undefined);
  return { expression, program };
}
