import type { BoundProbe } from './prober.js';

/** A named probe recipe, compiled: all that `/probe` needs of the configuration. */
export interface ProbeModule extends BoundProbe {
  readonly name: string;
  readonly prober: string;
  /** The timeout as configured; may be negative, which upstream treats like none. */
  readonly timeoutSeconds?: number;
  /** The module as YAML, defaults included and secrets masked, as `debug=true` shows it; made when asked for. */
  readonly describe: () => string;
  /** The YAML without the blocks of other probers that the configuration does not have: what a reader wants to see. */
  readonly describeOwn: () => string;
}
