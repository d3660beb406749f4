/**
 * How long the server waits for whom, in milliseconds. A scraper sends a request in one packet, so anything slower is an attack or a mistake.
 * Idle connections are kept longer than Prometheus keeps its own (five minutes): the side that scrapes should be the one that closes,
 * and no scrape interval in use pays for a new connection each time.
 */
export const HTTP1_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 310_000,
  connectionsCheckingInterval: 5_000,
  // A target with a long query comes percent-encoded in one line of the header.
  maxHeaderSize: 64 * 1024,
  noDelay: true,
} as const;

/** The same for HTTP/2. */
export const HTTP2_LIMITS = {
  settings: { maxConcurrentStreams: 250, maxHeaderListSize: HTTP1_LIMITS.maxHeaderSize },
} as const;
