/** How a service is reached; the flags `--web.*` that all services have. */
export interface WebOptions {
  readonly listenAddresses: readonly string[];
  /** "" if not given. */
  readonly externalUrl: string;
  /** "" if not given. */
  readonly routePrefix: string;
}
