import { ParamError } from '../../probe/param-error.js';
import type { FilledProbe, ModuleParams, ProbeModule } from '../../probe/probe-module.js';
import type { ProbeRequest } from '../../probe/prober.js';
import type { TextMask } from '../../probe/text-mask.js';
import { ConfigError, type PathStep } from '../../values/config-error.js';
import type { FilledCache } from './filled-cache.js';
import { filledRequest } from './filled-request.js';
import { misfit, type ModuleTemplate, type ParamValues } from './module-template.js';
import { valueOf } from './param-spec.js';

/** A mistake in a filled module, with its path from the module. */
export interface FilledMistake {
  readonly path: readonly PathStep[];
  readonly message: string;
}

/** A module that is filled for each request. */
export interface FillableModule {
  readonly name: string;
  /** The values of the file, with placeholders. */
  readonly given: unknown;
  readonly template: ModuleTemplate;
  /** Checks filled values as those of a file. */
  readonly check: (filled: unknown) => Promise<readonly FilledMistake[]>;
  /** Compiles them once they are valid; throws a ConfigError where the prober cannot use them. */
  readonly compile: (filled: unknown, values: ParamValues) => ProbeModule;
  /** Masks what references of the module stand for. */
  readonly mask?: TextMask;
}

/** The modules of a file that were filled lately. */
export type FilledModules = FilledCache<Promise<ProbeModule>>;

/** Makes the parameters of a module: their declarations, and the function that fills the module for a request. */
export function moduleParams(module: FillableModule, cache: FilledModules): ModuleParams {
  const { template } = module;
  const size = JSON.stringify(module.given).length;
  return {
    declared: template.params.map(({ name, type, required, defaultText }) => ({
      ...{ name, type, required },
      ...(defaultText !== undefined && { default: defaultText }),
    })),
    fill: async (request): Promise<FilledProbe> => {
      const values = readValues(template, request);
      const filled = filledRequest(request, template.params, values);
      return { module: await filledModule(module, values, { cache, size }), request: filled, used: [...values] };
    },
  };
}

function readValues(template: ModuleTemplate, { params = new Map<string, string>() }: ProbeRequest): ParamValues {
  return new Map(
    template.params.flatMap((spec) => {
      const value = valueOf(spec, params);
      return value === undefined ? [] : [[spec.name, value] as const];
    }),
  );
}

async function filledModule(
  module: FillableModule,
  values: ParamValues,
  { cache, size }: { readonly cache: FilledModules; readonly size: number },
): Promise<ProbeModule> {
  // Parameters that fill the request alone leave the module unchanged, so they are not part of its key.
  const parts = module.template.params.filter(({ key }) => key?.to !== 'request').map(({ name }) => values.get(name));
  const key = JSON.stringify([module.name, ...parts.map((part) => part ?? null)]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = makeModule(module, values);
  cache.set(key, made, size + 2 * key.length);
  return made;
}

async function makeModule(module: FillableModule, values: ParamValues): Promise<ProbeModule> {
  try {
    return await checkedModule(module, values);
  } catch (error) {
    if (error instanceof ParamError && module.mask !== undefined) throw new ParamError(module.mask(error.message));
    throw error;
  }
}

async function checkedModule(
  { given, template, check, compile }: FillableModule,
  values: ParamValues,
): Promise<ProbeModule> {
  const filled = template.fill(given, values);
  const fail = ({ path, message }: FilledMistake): ParamError => misfit(template.paramsAt(path), values, message);
  const [mistake] = await check(filled);
  if (mistake !== undefined) throw fail(mistake);
  try {
    return compile(filled, values);
  } catch (error) {
    if (error instanceof ConfigError) throw fail(error);
    throw error;
  }
}
