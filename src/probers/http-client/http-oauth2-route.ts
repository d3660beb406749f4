import type { Socket } from 'node:net';
import { connectByName } from '../../net/connect.js';
import type { FoundAddresses } from '../../net/resolve/name-answer.js';
import type { FamilyResolver } from '../../net/resolve/resolver.js';
import { PlainHttpAnswer, type TlsClient, TlsHandshakeError } from '../../net/tls/tls-client.js';
import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { TargetPolicy } from '../../probe/policy/target-policy.js';
import type { ProbeContext } from '../../probe/prober.js';
import { isBug } from '../../probe/step-failure.js';
import type { RawOauth2, RawTlsConfig } from '../../values/raw-config.js';
import { GAVE_PLAIN_HTTP } from './gave-plain-http.js';
import { compileProxy, type Environment, noteProxySecrets, type Proxy } from './http-proxy.js';
import { tunnelByProxy } from './tunnel-by-proxy.js';

/** How one URL is reached. */
export interface RouteHop {
  /** The request line's target: a path, or the whole URL where a proxy is asked. */
  readonly requestTarget: string;
  /** Headers for the proxy, in addition to the request's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Opens a new connection, which the request can be written to; rejects with an Error. */
  readonly connect: (asker: RouteAsker) => Promise<Socket>;
}

/** The probe that a connection is for. */
export type RouteAsker = Pick<ProbeContext, 'signal' | 'policy' | 'secrets'>;

/** A route to URLs: direct or by a proxy, with or without TLS. */
export interface Route {
  /** Throws a ProbeFailure (setup) where no way can be found. */
  readonly to: (url: URL) => RouteHop;
}

/** The dependencies of a route to the token endpoint. */
export interface RouteDeps {
  readonly env: Environment;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
  readonly resolver: FamilyResolver;
}

/** The keys that a route is made of. */
export type RawRoute = Pick<RawOauth2, 'tls_config' | 'proxy_connect_header'> & Parameters<typeof compileProxy>[0];

/** Compiles the tls_config and the proxy keys of an `oauth2` block; throws ConfigError. */
export function compileRoute(raw: RawRoute, { env, compileTls, resolver }: RouteDeps): Route {
  const proxies = compileProxy(raw, env);
  const tls = compileTls(raw.tls_config);
  const connectHeaders = Object.entries(raw.proxy_connect_header).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  return {
    to: (url) => {
      const scheme = url.protocol === 'https:' ? 'https' : 'http';
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const port = url.port === '' ? { http: 80, https: 443 }[scheme] : Number(url.port);
      const proxy = proxies.proxyFor({ scheme, host, port });
      const origin = { scheme, host, port } as const;
      const asksProxy = scheme === 'http' && proxy !== undefined && proxy.scheme !== 'socks5';
      return {
        requestTarget: (asksProxy ? url.origin : '') + url.pathname + url.search,
        headers: asksProxy ? authorizationOf(proxy) : {},
        connect: (asker) => {
          if (proxy !== undefined) noteProxySecrets(proxy, connectHeaders, asker.secrets);
          return connect({ origin, proxy }, { ...asker, tls, connectHeaders, resolver });
        },
      };
    },
  };
}

function authorizationOf({ authorization }: Proxy): Readonly<Record<string, string>> {
  return authorization === undefined ? {} : { 'proxy-authorization': authorization.reveal() };
}

interface RoutePlan {
  readonly origin: { readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number };
  readonly proxy: Proxy | undefined;
}

interface ConnectDeps {
  readonly tls: TlsClient;
  readonly connectHeaders: readonly (readonly [string, string])[];
  readonly resolver: FamilyResolver;
  readonly signal: AbortSignal;
  readonly policy: TargetPolicy;
}

async function connect({ origin, proxy }: RoutePlan, deps: ConnectDeps): Promise<Socket> {
  const { tls, policy } = deps;
  policy.assertMayResolve(origin);
  if (proxy !== undefined) policy.assertMayProxy(origin);
  const socket = await (proxy === undefined ? dial(origin, deps) : dialProxy(proxy, deps));
  const toProxy = proxy?.scheme === 'https' ? await secureProxy(socket, tls.serverName ?? proxy.host, deps) : socket;
  const needsTunnel = proxy !== undefined && (proxy.scheme === 'socks5' || origin.scheme === 'https');
  const toOrigin = needsTunnel ? await tunnelByProxy(toProxy, { ...deps, ...origin, proxy }) : toProxy;
  if (origin.scheme === 'http') return toOrigin;
  return secure(toOrigin, tls.serverName ?? origin.host, deps).catch((error: unknown) => {
    throw error instanceof PlainHttpAnswer ? new Error(GAVE_PLAIN_HTTP, { cause: error }) : error;
  });
}

/** Prefixes handshake errors of an HTTPS proxy with `proxyconnect tcp:`, as Go does. */
async function secureProxy(socket: Socket, serverName: string, deps: ConnectDeps): Promise<Socket> {
  return secure(socket, serverName, deps).catch((error: unknown) => {
    throw error instanceof TlsHandshakeError
      ? new Error(`proxyconnect tcp: ${error.message}`, { cause: error })
      : error;
  });
}

async function secure(socket: Socket, serverName: string, { tls, signal }: ConnectDeps): Promise<Socket> {
  return (await tls.handshake(socket, { serverName, signal })).socket;
}

/** Reports, in Go's words, that the proxy could not be reached. */
async function dialProxy(proxy: Proxy, deps: ConnectDeps): Promise<Socket> {
  return dial(proxy, deps).catch((error: unknown) => {
    if (isBug(error) || error instanceof ProbeFailure) throw error;
    const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
    throw new Error(`proxyconnect tcp: ${textOf(first)}`, { cause: error });
  });
}

/** Connects to the first address that answers; addresses of both families are tried (RFC 8305). */
function dial(
  { scheme, host, port }: Pick<Proxy, 'scheme' | 'host' | 'port'>,
  { resolver, signal, policy }: ConnectDeps,
): Promise<Socket> {
  const lookup = (name: string): Promise<FoundAddresses> => lookUpBoth(policy.nameToResolve(name), resolver, signal);
  return connectByName({ host, port, asked: { scheme, host, policy }, lookup, signal });
}

async function lookUpBoth(host: string, resolver: FamilyResolver, signal: AbortSignal): Promise<FoundAddresses> {
  const [ip6, ip4] = await Promise.allSettled([resolver.lookup(host, 6, signal), resolver.lookup(host, 4, signal)]);
  const found = [ip6, ip4].flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (found.length === 0 && ip4.status === 'rejected') throw ip4.reason;
  return {
    addresses: found.flatMap(({ addresses }) => addresses),
    aliases: found.flatMap(({ aliases }) => aliases),
  };
}
