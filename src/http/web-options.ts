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
}
