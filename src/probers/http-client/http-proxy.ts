import { ProbeFailure } from '../../probe/failure.js';
import type { SecretUser } from '../../probe/used-secrets.js';
import { ConfigError } from '../../values/config-error.js';
import { goQuote } from '../../values/go/go-quote.js';
import { UrlError } from '../../values/go/go-url.js';
import { ownValue } from '../../values/own-value.js';
import { Secret } from '../../values/secret.js';
import { basicHeader } from './http-credentials.js';
import { compileNoProxy } from './http-no-proxy.js';
import { parseHttpUrl } from './http-url.js';

/** The proxy options of a module, as the schema has them. */
export interface RawProxy {
  readonly proxy_url?: string;
  readonly no_proxy: string;
  readonly proxy_from_environment: boolean;
}

/** One proxy. */
export interface Proxy {
  readonly scheme: 'http' | 'https' | 'socks5';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** The login in the proxy's URL, which is sent to a SOCKS5 proxy (RFC 1929). */
  readonly userinfo?: { readonly username: string; readonly password: Secret };
  /** The credentials for an HTTP proxy: the value of Proxy-Authorization (`Basic …`). */
  readonly authorization?: Secret;
}

/** Marks the secrets that a proxy is sent and may repeat: its login, and the headers of CONNECT. */
export function noteProxySecrets(
  { userinfo, authorization }: Proxy,
  connectHeaders: readonly (readonly [name: string, value: string])[],
  secrets: SecretUser['secrets'],
): void {
  if (userinfo !== undefined) secrets.use(userinfo.password);
  if (authorization !== undefined) secrets.use(new Secret(authorization.reveal().slice('Basic '.length)));
  for (const [, value] of connectHeaders) secrets.use(new Secret(value));
}

/** A URL that may be reached through a proxy. */
export interface ProxiedUrl {
  readonly scheme: 'http' | 'https';
  /** The host as in the URL, without brackets; a name is matched as a name, never resolved. */
  readonly host: string;
  readonly port: number;
}

/** The proxies of a module. */
export interface ProxyChooser {
  /** Whether a proxy is configured for any URL. */
  readonly configured: boolean;
  /**
   * The proxy for `url`, undefined where the target is to be reached directly. Throws a ProbeFailure (setup) where
   * there can be none.
   */
  readonly proxyFor: (url: ProxiedUrl) => Proxy | undefined;
}

/** The environment of the process: `HTTP_PROXY` and others. */
export type Environment = Readonly<Record<string, string | undefined>>;

const NO_PROXY: ProxyChooser = { configured: false, proxyFor: () => undefined };

/**
 * Reads the module's proxy keys, and the environment where they say so; throws ConfigError for a proxy_url that is no
 * URL.
 */
export function compileProxy(raw: RawProxy, env: Environment): ProxyChooser {
  if (raw.proxy_from_environment) return proxyFromEnvironment(env);
  if (raw.proxy_url === undefined || raw.proxy_url === '') return NO_PROXY;
  const proxy = parseProxyUrl(raw.proxy_url);
  if (typeof proxy === 'string') throw new ConfigError(proxy, ['proxy_url']);
  // Upstream spares loopback targets the proxy only where no_proxy is given as well.
  const bypass = raw.no_proxy === '' ? undefined : compileNoProxy(raw.no_proxy);
  return { configured: true, proxyFor: (url) => (bypass?.(url) === true ? undefined : withHost(proxy)) };
}

/**
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or the same in lower case, by the rules of Go's httpproxy package; values that
 * are no URL are ignored.
 */
function proxyFromEnvironment(env: Environment): ProxyChooser {
  const proxies = { http: environmentProxy(env, 'HTTP_PROXY'), https: environmentProxy(env, 'HTTPS_PROXY') };
  const bypass = compileNoProxy(fromEnvironment(env, 'NO_PROXY'));
  const isCgi = fromEnvironment(env, 'REQUEST_METHOD') !== '';
  return {
    configured: true,
    proxyFor: (url) => {
      const proxy = proxies[url.scheme];
      // In a CGI program the variable may come from a request's header named Proxy.
      if (proxy !== undefined && url.scheme === 'http' && isCgi) {
        throw unusable('refusing to use HTTP_PROXY value in CGI environment; see golang.org/s/cgihttpproxy');
      }
      return proxy === undefined || bypass(url) ? undefined : withHost(proxy);
    },
  };
}

function fromEnvironment(env: Environment, name: string): string {
  return ownValue(env, name) || ownValue(env, name.toLowerCase()) || '';
}

function environmentProxy(env: Environment, name: string): Proxy | undefined {
  const text = fromEnvironment(env, name);
  if (text === '') return undefined;
  const proxy = parseProxyUrl(/^(?:https?|socks5):/i.test(text) ? text : `http://${text}`);
  return typeof proxy === 'string' ? undefined : proxy;
}

const DEFAULT_PORTS = { http: 80, https: 443, socks5: 1080 } as const;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;

/** A proxy from its URL, or what is wrong with it. Schemes that mean nothing are taken for http, as upstream does. */
function parseProxyUrl(text: string): Proxy | string {
  const named = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (named === undefined && /^[^/?#]*:/.test(text)) {
    return 'proxy_url has no scheme: write http://host:port (or https://, socks5://)';
  }
  // Only the part behind the scheme is left to the parser, which knows http.
  const asHttp = text.replace(SCHEME, 'http://');
  const scheme = schemeOf(named);
  if (named === undefined) return { scheme, host: '', port: 0 };
  try {
    const { hostname: host, port, userinfo } = parseHttpUrl(asHttp);
    const place = { scheme, host, port: port === '' ? DEFAULT_PORTS[scheme] : Number(port) };
    if (userinfo === undefined) return place;
    const { username, password } = userinfo;
    return {
      ...place,
      userinfo: { username, password: new Secret(password) },
      authorization: new Secret(basicHeader(username, password)),
    };
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    // The parser's text quotes the URL, which may hold a password.
    return `proxy_url is not a URL: ${error.message.replace(`parse ${goQuote(asHttp)}: `, '')}`;
  }
}

function schemeOf(name: string | undefined): Proxy['scheme'] {
  if (name === 'https') return 'https';
  return name === 'socks5' || name === 'socks5h' ? 'socks5' : 'http';
}

/** Upstream accepts a URL without a host and fails every probe with it. */
function withHost(proxy: Proxy): Proxy {
  if (proxy.host === '') throw unusable('proxy_url names no host');
  return proxy;
}

function unusable(err: string): ProbeFailure {
  return new ProbeFailure('setup', 'invalid_request', 'Error for HTTP request', { err });
}
