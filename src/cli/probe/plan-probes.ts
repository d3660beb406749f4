import { UsageError } from '../../flags/flag-definition.js';
import { ParamError } from '../../probe/param-error.js';
import type { FilledProbe, ModuleParams, ProbeModule } from '../../probe/probe-module.js';
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

/** The probes that the command line asks for. */
export interface Wanted {
  /** The module of `-m`; "" if absent. */
  readonly module: string;
  readonly operands: readonly string[];
  readonly hostname: string;
  /** The names and values of `--param`. */
  readonly params: ReadonlyMap<string, string>;
}

/** The source of modules for probes. */
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
    plans.push({ ...(await fill(module, target, wanted)), asWritten: text });
  }
  return plans;
}

async function fill(module: ProbeModule, target: string, wanted: Wanted): Promise<Omit<PlannedProbe, 'asWritten'>> {
  const hostname = wanted.hostname === '' ? {} : { hostname: wanted.hostname };
  const asked = { target, ...hostname, params: new Map([...Object.entries(hostname), ...wanted.params]) };
  const known = module.params?.declared.map(({ name }) => name) ?? [];
  for (const name of wanted.params.keys()) if (!known.includes(name)) throw unknownParam(name, module.name, known);
  const filled = module.params === undefined ? { module, request: asked } : await filledBy(module.params, asked);
  const refusal = filled.module.refuse(filled.request);
  if (refusal !== undefined) throw new UsageError(refusal);
  return filled;
}

async function filledBy(params: ModuleParams, asked: ProbeRequest): Promise<FilledProbe> {
  try {
    return await params.fill(asked);
  } catch (error) {
    if (error instanceof ParamError) throw new UsageError(error.message);
    throw error;
  }
}

/** The service ignores what a module does not declare, as upstream does; on a command line it is a mistake. */
function unknownParam(name: string, module: string, known: readonly string[]): UsageError {
  const declared = known.length === 0 ? 'it declares none' : `it declares ${known.join(', ')}`;
  return new UsageError(`the module ${module} has no parameter ${goQuote(name)}: ${declared}`);
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
