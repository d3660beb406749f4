import type { Duplex } from 'node:stream';
import type { MetricSet } from '../metrics/metric-set.js';
import type { Clock } from '../values/clock.js';
import type { PhaseMarks } from './phase-marks.js';
import type { TargetPolicy } from './policy/target-policy.js';
import type { ProbeLog } from './probe-log.js';
import type { ProbeNotes } from './report/probe-notes.js';
import type { SecretUser } from './used-secrets.js';

/** The parameters of one request for a probe. */
export interface ProbeRequest {
  readonly target: string;
  /** The `hostname` parameter: the name that the target is to be addressed by. */
  readonly hostname?: string;
  /** The collectors of the module to ask; all if absent, or if the module has none of these. */
  readonly collectors?: ReadonlySet<string>;
  /** The user to log in as, in place of the module's user; the password stays that of the module. */
  readonly username?: string;
  /** All parameters of the request's query; a prober takes only those that the module says it may. */
  readonly params?: ReadonlyMap<string, string>;
}

/** A place for one connection that is to serve the next probe of the same target by the same module. */
export interface ConnectionPlace {
  /** The connection that was put here, which its taker owns from then on; undefined if there is none. */
  readonly take: () => Duplex | undefined;
  /** Hands over a connection on which nothing is under way. It flows, and has a listener for errors. */
  readonly put: (connection: Duplex) => void;
}

/** The dependencies of one probe, created for it. */
export interface ProbeContext {
  /** Aborted with a ProbeAbort when the time is up or nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /**
   * The timeout of the whole probe in seconds, for probers that pass it on; zero, negative or NaN if no time is left.
   */
  readonly timeoutSeconds: number;
  readonly metrics: MetricSet;
  readonly log: ProbeLog;
  readonly clock: Clock;
  /** Records each phase as it is entered. PhaseClock does so by itself. */
  readonly marks: PhaseMarks;
  /** The addresses and sockets that the probe may use. Code asks it before it opens a socket. */
  readonly policy: TargetPolicy;
  /** Collects references for the probe's report. */
  readonly notes: ProbeNotes;
  /** Records each secret that the probe uses. It is then masked in everything that is shown of the probe. */
  readonly secrets: SecretUser['secrets'];
  /** Where a prober may find and leave a connection; absent for probes that have to show whether one can be made. */
  readonly place?: ConnectionPlace | undefined;
}

/** Measures a target: sets metrics, throws a ProbeFailure if the target is not as it should be. */
export type Probe = (request: ProbeRequest, context: ProbeContext) => Promise<void>;

/** The definition of a prober. */
export interface ProberSpec<Name extends string, Raw, Options> {
  readonly name: Name;
  /** The options of a module from its block of YAML, which the schema has already accepted; throws ConfigError. */
  readonly compile: (raw: Raw) => Options;
  readonly probe: (request: ProbeRequest, options: Options, context: ProbeContext) => Promise<void>;
  /**
   * The reason why this module can never serve this request (the text of a 400 answer); undefined if it can. Absent
   * where that cannot happen.
   */
  readonly refuse?: (request: ProbeRequest, options: Options) => string | undefined;
}

/** A prober with the options of one module. */
export interface BoundProbe {
  readonly probe: Probe;
  /** The text of a 400 answer to a request that contradicts the module; undefined if the probe can run. */
  readonly refuse: (request: ProbeRequest) => string | undefined;
}

/** A prober for its users, who do not see the type of its options. */
export interface Prober<Name extends string = string> {
  readonly name: Name;
  /**
   * Makes the probe of one module; `raw` is the module's block named like the prober, valid by the schema, defaults
   * filled in.
   */
  readonly bind: (raw: unknown) => BoundProbe;
}

/** Makes a prober of its parts. Only its own functions see the types of its options. */
export function defineProber<Name extends string, Raw, Options>(spec: ProberSpec<Name, Raw, Options>): Prober<Name> {
  return {
    name: spec.name,
    bind: (raw) => {
      // The schema of this prober's block has accepted the value, and Raw is generated from that schema.
      const options = spec.compile(raw as Raw);
      return {
        probe: (request, context) => spec.probe(request, options, context),
        refuse: (request) => spec.refuse?.(request, options),
      };
    },
  };
}
