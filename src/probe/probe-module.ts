import type { GuardedRecipe } from './module-recipe.js';
import type { BoundProbe, ProbeRequest } from './prober.js';
import type { TextMask } from './text-mask.js';

/** A named probe recipe, compiled: all that `/probe` needs of the configuration. */
export interface ProbeModule extends BoundProbe, Partial<GuardedRecipe> {
  readonly name: string;
  readonly prober: string;
  /** The timeout as configured; may be negative, which upstream treats like none. */
  readonly timeoutSeconds?: number;
  /** The module as YAML, defaults included and secrets masked, as `debug=true` shows it; made when asked for. */
  readonly describe: () => string;
  /** The YAML without other probers' blocks, unless the configuration has them: the form for human readers. */
  readonly describeOwn: () => string;
  /** Masks what the module takes from variables and files in everything that is shown of a probe. */
  readonly mask?: TextMask;
  /** The name of the module that it extends. */
  readonly base?: string;
  /** The declared parameters, from which the module is completed for each request. Its own `probe` never runs then. */
  readonly params?: ModuleParams;
}

/** The declared parameters of a module. */
export interface ModuleParams {
  readonly declared: readonly ShownParam[];
  /** Fills the module with the parameters of a request; rejects with a ParamError, the text of a 400 answer. */
  readonly fill: (request: ProbeRequest) => Promise<FilledProbe>;
}

/** A declared parameter as it is shown. */
export interface ShownParam {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: string;
}

/** A module that parameters have been filled into, and the request that is left. */
export interface FilledProbe {
  readonly module: ProbeModule;
  readonly request: ProbeRequest;
  /** The parameters that were given or have a default, with their values. */
  readonly used: readonly (readonly [name: string, value: string])[];
}
