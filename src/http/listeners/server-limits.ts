/**
 * How long the server waits for clients, in milliseconds. A scraper sends a request in one packet, so anything slower
 * is an attack or a mistake. Idle connections are kept longer than Prometheus keeps its own (five minutes): the side
 * that scrapes should be the one that closes, and no scrape interval in use pays for a new connection each time.
 */
export const HTTP1_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 310_000,
  // Node looks after all connections whose time is over in one go, 5 µs each: in 0.2 s not many more than a thousand
  // come.
  connectionsCheckingInterval: 200,
  // A target with a long query comes percent-encoded in one line of the header. Upstream takes 1 MiB, which reading
  // would stop the event loop for.
  maxHeaderSize: 128 * 1024,
  noDelay: true,
} as const;

/** The limits of HTTP/2 servers. */
export const HTTP2_LIMITS = {
  settings: { maxConcurrentStreams: 250, maxHeaderListSize: HTTP1_LIMITS.maxHeaderSize },
} as const;

/** How long a client may take for an answer, in milliseconds. */
export interface AnswerLimits {
  /** The longest time in which the client takes nothing. */
  readonly stalledMs: number;
  /** The longest time for the whole answer. */
  readonly wholeMs: number;
}

/** The limits of all answers, but for tests. */
export const ANSWER_LIMITS: AnswerLimits = { stalledMs: 30_000, wholeMs: 600_000 };
