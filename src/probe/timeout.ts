/** The inputs from which the timeout of a probe is computed, all in seconds. */
export interface TimeoutInputs {
  /** `X-Prometheus-Scrape-Timeout-Seconds`; zero and absent are the same. */
  readonly scrapeSeconds?: number | undefined;
  readonly moduleSeconds?: number | undefined;
  /** `--timeout-offset`: the time that is reserved for the response. */
  readonly offsetSeconds: number;
}

/** Upstream's stand-in for a scrape timeout that was not sent. */
const DEFAULT_SCRAPE_SECONDS = 120;

/**
 * How many seconds a probe gets: the scrape timeout less the offset, or the module's timeout where that is shorter. The
 * result may be zero, negative or NaN, and the probe then fails at once. As upstream has it, a module's timeout also
 * wins where the scrape timeout is below the offset, so that such a probe can outlive its scrape.
 */
export function probeTimeoutSeconds({ scrapeSeconds, moduleSeconds = 0, offsetSeconds }: TimeoutInputs): number {
  const scrape = scrapeSeconds === undefined || scrapeSeconds === 0 ? DEFAULT_SCRAPE_SECONDS : scrapeSeconds;
  const longest = scrape - offsetSeconds;
  return (moduleSeconds > 0 && moduleSeconds < longest) || longest < 0 ? moduleSeconds : longest;
}
