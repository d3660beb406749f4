import type { BuildFacts } from '../metrics/build-info.js';
import type { Prober } from '../probe/prober.js';
import type { Clock } from '../values/clock.js';

/** The process and host, as far as services depend on them. */
export interface Platform {
  readonly build: BuildFacts;
  readonly hostname: string;
  /** The process's number. */
  readonly pid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** The output of log lines. It must neither block nor throw. */
  readonly log: { readonly push: (line: string) => void; readonly dropped: number };
  /** No threads, for tests that move the clock. */
  readonly isSingleThreaded?: true;
  /** Instead of those of this build, for tests. */
  readonly probers?: readonly Prober[];
  /** Instead of what this system says of its ICMP sockets, for tests. */
  readonly icmpProblem?: string;
}
