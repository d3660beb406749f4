import { ParamError } from '../probe/param-error.js';
import type { ConfigError, PathStep } from '../values/config-error.js';
import { setOwnValue } from '../values/own-value.js';
import { ModuleTemplate } from './params/module-template.js';
import { isCertain, sampleValues } from './params/sample-values.js';
import { record } from './schema/coerced-values.js';
import type { Finding } from './schema/finding.js';
import { isContainer } from './schema/places.js';
import type { Shape } from './schema/shape.js';

/** A module of a file, ready to be checked. */
export interface PreparedModule {
  readonly name: string;
  /** The values in the file, without defaults; null if there is nothing after the name. */
  readonly given: unknown;
  /** The values that are checked: the same, with samples in place of parameters. */
  readonly filled: unknown;
  /** Present for a module with parameters. */
  readonly template?: ModuleTemplate;
}

/** The values of a file, ready to be checked by the schema. */
export interface PreparedConfig {
  readonly value: unknown;
  readonly modules: ReadonlyMap<string, PreparedModule>;
  /** Mistakes in the use of what stands for other values. */
  readonly findings: readonly Finding[];
}

/** Prepares all modules of a file. Yields between modules, as everything that goes through all of them. */
export function* prepareModules(config: unknown, shape: Shape): Generator<void, PreparedConfig> {
  const modules = isContainer(config) ? config['modules'] : undefined;
  const prepared = new Map<string, PreparedModule>();
  const findings: Finding[] = [];
  for (const [name, given] of Object.entries(isContainer(modules) ? modules : {})) {
    yield;
    prepared.set(
      name,
      prepareModule(name, given, shape, (mistake) => {
        findings.push({ path: ['modules', name, ...mistake.path], at: 'value', message: mistake.message });
      }),
    );
  }
  return { value: withModules(config, prepared), modules: prepared, findings };
}

/** Whether a mistake of the prepared values is one of the file, too, and not only of a sample. */
export function isOfFile({ modules }: PreparedConfig, path: readonly PathStep[]): boolean {
  const [start, name, ...rest] = path;
  const template = start === 'modules' ? modules.get(String(name))?.template : undefined;
  return template === undefined || isCertain(template, rest);
}

function prepareModule(
  name: string,
  given: unknown,
  shape: Shape,
  report: (mistake: Pick<ConfigError, 'path' | 'message'>) => void,
): PreparedModule {
  const template = ModuleTemplate.read(given, shape, report);
  if (template === undefined) return { name, given, filled: given };
  try {
    return { name, given, template, filled: template.fill(given, sampleValues(template)) };
  } catch (error) {
    if (!(error instanceof ParamError)) throw error;
    report({ path: ['params'], message: error.message });
    return { name, given, filled: given, template };
  }
}

function withModules(config: unknown, prepared: ReadonlyMap<string, PreparedModule>): unknown {
  const isSame = [...prepared.values()].every(({ given, filled }) => given === filled);
  if (isSame || !isContainer(config)) return config;
  const copy = record(Object.entries(config));
  setOwnValue(copy, 'modules', record([...prepared].map(([name, { filled }]) => [name, filled] as const)));
  return copy;
}
