/** A service of this process that has pages. */
export interface Companion {
  readonly text: string;
  readonly port: number;
  /** "/" or a path with a slash at both ends. */
  readonly prefix: string;
}

/** A service that listens: the prober, the pushgateway or node metrics. */
export interface RunningService {
  /** The addresses at which it listens, with the ports that the system chose. */
  readonly addresses: readonly string[];
  /** The entry for links on the other services' pages; undefined if the service has no port. */
  readonly asCompanion: Companion | undefined;
  /** Says which other services run in this process. */
  readonly showCompanions: (services: readonly Companion[]) => void;
  /** Resolves when what a service does once, after it has begun to listen, is done; absent where that is nothing. */
  readonly warm?: Promise<void>;
  /** Counts and logs an error that no request was there to answer for. */
  readonly reportBug: (error: unknown) => void;
  /** Accepts no more, lets what is in flight finish within `graceSeconds`, cancels the rest, and closes everything. */
  readonly stop: (graceSeconds: number) => Promise<void>;
  /**
   * Reads the configuration again. Resolves to what is wrong with it, undefined if it is now in force. Absent where
   * there is none.
   */
  readonly reload?: () => Promise<string | undefined>;
  /** Resolves when somebody ended the service over HTTP and it has stopped. Absent where nobody can. */
  readonly quit?: Promise<void>;
}
