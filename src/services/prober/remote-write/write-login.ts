import type { RawRemoteWrite } from '../../../config/remote-write/raw-remote-write.js';
import type { Resolver } from '../../../net/resolve/resolver.js';
import type { TlsClient } from '../../../net/tls/tls-client.js';
import {
  compileCredentials,
  compileHttpHeaders,
  type HttpHeaders,
} from '../../../probers/http-client/http-credentials.js';
import { compileOauth2 } from '../../../probers/http-client/http-oauth2.js';
import type { Asker } from '../../../probers/http-client/http-oauth2-endpoint.js';
import { reuseTokens } from '../../../probers/http-client/http-oauth2-reuse.js';
import type { Environment } from '../../../probers/http-client/http-proxy.js';
import type { Clock } from '../../../values/clock.js';
import { within } from '../../../values/config-error.js';
import { isSecretName } from '../../../values/masked-text.js';
import type { RawHeaderValues, RawTlsConfig } from '../../../values/raw-config.js';

/** A header line. */
export type HeaderLine = readonly [name: string, value: string];

/** The login and headers of one request. */
export interface Shown {
  /** Headers for every host. */
  readonly open: readonly HeaderLine[];
  /** Headers for the configured host alone: the login, and headers whose values are secret. */
  readonly secret: readonly HeaderLine[];
  /** Whether the token has been used before, so that another one may be taken where this one is not. */
  readonly hasOldToken: boolean;
}

/** The login and the further headers of remote write. */
export interface WriteLogin {
  /** Files are read anew; rejects with a ProbeFailure of the phase setup, or auth where no token can be had. */
  readonly show: (asker: Asker) => Promise<Shown>;
  /** A token that was refused is not shown again. */
  readonly forgetToken: () => void;
}

/** The dependencies of a login. */
export interface LoginDeps {
  readonly env: Environment;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** Compiles the login; throws ConfigError. */
export function compileLogin(raw: RawRemoteWrite, deps: LoginDeps): WriteLogin {
  const credentials = compileCredentials(raw);
  const { oauth2 } = raw;
  const tokens =
    oauth2 &&
    reuseTokens(
      within(['oauth2'], () => compileOauth2(oauth2, deps)),
      deps.clock,
    );
  const { open, secret } = headersOf(raw);
  return {
    show: async (asker) => {
      const [openLines, secretLines] = await Promise.all([open.headers(asker), secret.headers(asker)]);
      const token = await tokens?.token(asker);
      const login = token === undefined ? await credentials?.header(asker) : `${token.type} ${token.token.reveal()}`;
      const authorization: readonly HeaderLine[] = login === undefined ? [] : [['Authorization', login]];
      return { open: openLines, secret: [...authorization, ...secretLines], hasOldToken: token?.isOld ?? false };
    },
    forgetToken: () => tokens?.forget(),
  };
}

/** Values of `headers` and `http_headers`, those that hold credentials apart. */
function headersOf({ headers, http_headers: further }: RawRemoteWrite) {
  const all: readonly (readonly [name: string, values: RawHeaderValues])[] = [
    ...Object.entries(headers).map(([name, value]) => [name, { ...NO_VALUES, values: [value] }] as const),
    ...Object.entries(further),
  ];
  const openOf = (name: string, { values }: RawHeaderValues): RawHeaderValues =>
    isSecretName(name) ? NO_VALUES : { ...NO_VALUES, values };
  const secretOf = (name: string, each: RawHeaderValues): RawHeaderValues =>
    isSecretName(name) ? each : { ...each, values: [] };
  return { open: compileAll(all, openOf), secret: compileAll(all, secretOf) };
}

/** A name may stand in both blocks. */
function compileAll(
  all: readonly (readonly [name: string, values: RawHeaderValues])[],
  choose: (name: string, values: RawHeaderValues) => RawHeaderValues,
): HttpHeaders {
  const compiled = all.map(([name, values]) => compileHttpHeaders(Object.fromEntries([[name, choose(name, values)]])));
  return { headers: async (signal) => (await Promise.all(compiled.map((each) => each.headers(signal)))).flat() };
}

const NO_VALUES: RawHeaderValues = { values: [], secrets: [], files: [] };
