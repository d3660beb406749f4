import validate from '../../schemas/validate-blackbox.cjs';
import type { ProbeModule } from '../probe/probe-module.js';
import type { Prober } from '../probe/prober.js';
import { atOnce } from '../values/in-slices.js';
import type { RawModule } from '../values/raw-config.js';
import { compileModule, type ModuleSource } from './compile-module.js';
import { type FilledMistake, moduleParams } from './params/fill-module.js';
import { FilledCache } from './params/filled-cache.js';
import type { ModuleTemplate } from './params/module-template.js';
import { isWhollyCertain } from './params/sample-values.js';
import { blockRules, RULED_BLOCKS } from './rules/module-rules.js';
import { checkFormats } from './schema/check-formats.js';
import { record } from './schema/coerced-values.js';
import { fillDefaults } from './schema/fill-defaults.js';
import { isContainer } from './schema/places.js';
import type { Shape } from './schema/shape.js';
import { explainInvalid, validateSchema } from './schema/validate-schema.js';

/**
 * Returns a function that compiles the modules of a file that have parameters, and gives undefined for others. It
 * throws a ConfigError for a module that the prober cannot use with any request's parameters.
 */
export function moduleFiller(
  shape: Shape,
  probers: readonly Prober[],
): (source: ModuleSource) => ProbeModule | undefined {
  const cache = new FilledCache<Promise<ProbeModule>>();
  return (source) => {
    const { name, given, shown = given, raw, base, mask, secrets, template } = source;
    if (template === undefined || raw === undefined || !probers.some((each) => each.name === raw.prober)) {
      return undefined;
    }
    if (isWhollyCertain(template)) compileModule(source, shape, probers);
    const params = moduleParams(
      {
        ...{ name, given, template },
        check: (filled) => mistakesOf(name, filled, shape),
        compile: (filled, values) => {
          const of = { name, given: filled, shown: template.fill(shown, values), raw: rawOf(filled, shape) };
          return compileModule({ ...of, ...(mask && { mask }), ...(secrets && { secrets }) }, shape, probers);
        },
        ...(mask && { mask }),
      },
      cache,
    );
    return { ...unfilledModule({ ...source, template }, shape), params, ...(base !== undefined && { base }) };
  };
}

/** A module with parameters before they have values. It can be listed and described, but a probe of it fails. */
function unfilledModule(source: ModuleSource & { readonly template: ModuleTemplate }, shape: Shape): ProbeModule {
  const { name, prober, describe, describeOwn } = compileModule({ ...source, raw: undefined }, shape, []);
  const unfilled = `The module ${name} is filled for each probe`;
  return {
    ...{ name, describe, describeOwn },
    prober: source.raw?.prober ?? prober,
    refuse: () => unfilled,
    probe: () => Promise.reject(new Error(unfilled)),
  };
}

function rawOf(filled: unknown, shape: Shape): RawModule {
  // The schema has accepted the values.
  return fillDefaults(filled, shape) as RawModule;
}

/** Everything that is wrong with the values of a module, by the same rules as in a file. */
async function mistakesOf(name: string, filled: unknown, shape: Shape): Promise<readonly FilledMistake[]> {
  const root = { modules: record([[name, filled]]) };
  const rootShape: Shape = {
    kind: 'struct',
    properties: new Map([['modules', { kind: 'map', values: shape, secretNames: false }]]),
  };
  const invalid = atOnce(validateSchema(root, { shape: rootShape, validate })).map((error) =>
    explainInvalid(error, root, rootShape),
  );
  const found = [...invalid, ...(await checkFormats(root, rootShape))];
  if (found.length > 0) return found.map(({ path, message }) => ({ path: path.slice(2), message }));
  const raw = rawOf(filled, shape);
  const given = isContainer(filled) ? filled : {};
  return RULED_BLOCKS.filter((block) => given[block] !== undefined).flatMap((block) =>
    [...blockRules(raw, block)].map(({ path, message }) => ({ path: [block, ...path], message })),
  );
}
