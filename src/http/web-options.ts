import type { WebConfig } from '../config/web-config.js';

/** TLS and users that flags give in place of a web config file. */
export interface GivenAccess {
  /** Of each user, `users` has what `passwords` says. */
  readonly config: WebConfig;
  readonly passwords: 'bcrypt' | 'plain';
  /** What an answer with status 401 has in the header WWW-Authenticate. */
  readonly challenge: string;
}

/** How a service is reached; the flags `--web.*` that all services have. */
export interface WebOptions {
  readonly listenAddresses: readonly string[];
  /** "" if not given. */
  readonly externalUrl: string;
  /** "" if not given. */
  readonly routePrefix: string;
  /** TLS, users, headers and rate limit; "" if not given. */
  readonly configFile: string;
  /** Take the sockets that systemd passes on, in place of the addresses. */
  readonly systemdSocket: boolean;
  /** In place of `configFile`, which is "" then. */
  readonly given?: GivenAccess;
}
