/** A service that listens; of the prober, the pushgateway and the node metrics alike. */
export interface RunningService {
  /** Where it listens, with the ports that were chosen. */
  readonly addresses: readonly string[];
  /** Counts and logs an error that no request was there to answer for. */
  readonly reportBug: (error: unknown) => void;
  /** Accepts no more, lets what is in flight finish within `graceSeconds`, cancels the rest, and closes everything. */
  readonly stop: (graceSeconds: number) => Promise<void>;
}
