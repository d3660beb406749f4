import { UsageError } from '../../flags/flag-definition.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import type { ProbeRequest } from '../../probe/prober.js';
import { goQuote } from '../../values/go/go-quote.js';
import { closest } from '../../values/suggest.js';
import { BUILT_IN_NAMES, type BuiltIn, builtIn } from './built-in-modules.js';
import { chooseByScheme } from './target-url.js';

/** One probe that is to be run, perhaps again and again. */
export interface PlannedProbe {
  readonly module: ProbeModule;
  readonly request: ProbeRequest;
  /** The target as the user wrote it. */
  readonly asWritten: string;
}

/** What the command line asks for. */
export interface Wanted {
  /** From `-m`; "" if absent. */
  readonly module: string;
  readonly operands: readonly string[];
  readonly hostname: string;
}

/** Where the modules of probes come from. */
export interface ModuleSource {
  /** The modules of the configuration, by name. */
  readonly configured: ReadonlyMap<string, ProbeModule>;
  /** Compiles a module that is built in. */
  readonly compile: (module: BuiltIn) => Promise<ProbeModule>;
}

/** Finds module and target of every probe. Rejects with UsageError where one cannot be run. */
export async function planProbes(wanted: Wanted, source: ModuleSource): Promise<readonly PlannedProbe[]> {
  const { module: name, targets } = splitOperands(wanted, source.configured);
  if (targets.length === 0) throw new UsageError("required argument 'TARGET' not provided");
  const named = name === '' ? undefined : await moduleNamed(name, source);
  const plans: PlannedProbe[] = [];
  for (const text of targets) {
    const { module, target } = named === undefined ? await chosen(text, source) : { module: named, target: text };
    const request = { target, ...(wanted.hostname !== '' && { hostname: wanted.hostname }) };
    const refusal = module.refuse(request);
    if (refusal !== undefined) throw new UsageError(refusal);
    plans.push({ module, request, asWritten: text });
  }
  return plans;
}

/**
 * `MODULE TARGET`, the order of old: the first of several operands is a module if it is known as one, or can be no
 * target.
 */
function splitOperands({ module, operands }: Wanted, configured: ReadonlyMap<string, ProbeModule>) {
  const [first, ...others] = operands;
  if (module !== '' || first === undefined || others.length === 0) return { module, targets: operands };
  const isModule = configured.has(first) || builtIn(first) !== undefined || !/[.:/[]|^localhost$/.test(first);
  return isModule ? { module: first, targets: others } : { module, targets: operands };
}

async function moduleNamed(name: string, { configured, compile }: ModuleSource): Promise<ProbeModule> {
  const module = configured.get(name);
  if (module !== undefined) return module;
  const known = builtIn(name);
  if (known !== undefined) return compile(known);
  const meant = closest(name, [...configured.keys(), ...BUILT_IN_NAMES]);
  throw new UsageError(`Unknown module ${goQuote(name)}${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`);
}

async function chosen(text: string, { configured, compile }: ModuleSource) {
  const { module, target, isNamed } = chooseByScheme(text);
  const own = isNamed ? configured.get(module.name) : undefined;
  return { module: own ?? (await compile(module)), target };
}
