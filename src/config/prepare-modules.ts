import { ParamError } from '../probe/param-error.js';
import type { ConfigError, PathStep } from '../values/config-error.js';
import { ownEntries, ownValue, setOwnValue } from '../values/own-value.js';
import { baseChecksum, type ForeignBases, type UsedBases } from './extends/bases.js';
import { type ExtendedModule, extendModule } from './extends/extend-module.js';
import { ModuleTemplate } from './params/module-template.js';
import { isCertain, sampleValues } from './params/sample-values.js';
import { record } from './schema/coerced-values.js';
import type { Finding } from './schema/finding.js';
import { isContainer } from './schema/places.js';
import type { Shape } from './schema/shape.js';

/** A module of a file, ready to be checked. */
export interface PreparedModule {
  readonly name: string;
  /** The values in the file and of the base, without defaults; null if there is nothing after the name. */
  readonly given: unknown;
  /** The document with its references unexpanded, which is what pages show. */
  readonly shown: unknown;
  /** The values that are checked: the same, with samples in place of parameters. */
  readonly filled: unknown;
  /** Present for a module with parameters. */
  readonly template?: ModuleTemplate;
  /** Whether a mistake at this path is that of the module which it extends. */
  readonly isOfBase: ExtendedModule['isOfBase'];
  /** The name of the module that it extends. */
  readonly base?: string;
}

/** The values of a file, ready to be checked by the schema. */
export interface PreparedConfig {
  readonly value: unknown;
  readonly modules: ReadonlyMap<string, PreparedModule>;
  /** Mistakes in the use of what stands for other values. */
  readonly findings: readonly Finding[];
  /** The modules of other files that are extended, with their checksums. */
  readonly usedBases: UsedBases;
}

/** Prepares all modules of a file. Yields between modules, as everything that goes through all of them. */
export function* prepareModules(
  { value: config, shown }: { readonly value: unknown; readonly shown: unknown },
  shape: Shape,
  foreign: ForeignBases,
): Generator<void, PreparedConfig> {
  const modules = isContainer(config) ? config['modules'] : undefined;
  const prepared = new Map<string, PreparedModule>();
  const findings: Finding[] = [];
  const usedBases = new Map<string, string>();
  const own = isContainer(modules) ? modules : {};
  const shownModules = isContainer(shown) ? shown['modules'] : undefined;
  const source = { own, shown: isContainer(shownModules) ? shownModules : {}, foreign };
  for (const [name, given] of ownEntries(own)) {
    yield;
    const report: Report = ({ path, message }) => {
      findings.push({ path: ['modules', name, ...path], at: 'value', message });
    };
    const extended = extendModule(name, given, { shape, source, report });
    const wanted = isContainer(given) ? given['extends'] : undefined;
    if (typeof wanted === 'string' && !usedBases.has(wanted) && ownValue(own, wanted) === undefined) {
      usedBases.set(wanted, baseChecksum(foreign.get(wanted)));
    }
    prepared.set(name, prepareModule(name, extended, shape, report));
  }
  return { value: withModules(config, prepared), modules: prepared, findings, usedBases };
}

type Report = (mistake: Pick<ConfigError, 'path' | 'message'>) => void;

/** Whether a mistake of the prepared values is one of the file, too, and not only of a sample. */
export function isOfFile({ modules }: PreparedConfig, path: readonly PathStep[]): boolean {
  const [start, name, ...rest] = path;
  const module = start === 'modules' ? modules.get(String(name)) : undefined;
  if (module === undefined) return true;
  const { template, isOfBase } = module;
  return !isOfBase(rest) && (template === undefined || isCertain(template, rest));
}

function prepareModule(name: string, extended: ExtendedModule, shape: Shape, report: Report): PreparedModule {
  const { given, shown, isOfBase, base } = extended;
  const template = ModuleTemplate.read(given, shape, (mistake) => {
    if (!isOfBase(mistake.path)) report(mistake);
  });
  const module = { name, given, shown, isOfBase, ...(base !== undefined && { base }) };
  if (template === undefined) return { ...module, filled: given };
  try {
    return { ...module, template, filled: template.fill(given, sampleValues(template)) };
  } catch (error) {
    if (!(error instanceof ParamError)) throw error;
    report({ path: ['params'], message: error.message });
    return { ...module, filled: given, template };
  }
}

function withModules(config: unknown, prepared: ReadonlyMap<string, PreparedModule>): unknown {
  const isSame = [...prepared.values()].every(({ given, filled, base }) => given === filled && base === undefined);
  if (isSame || !isContainer(config)) return config;
  const copy = record(Object.entries(config));
  setOwnValue(copy, 'modules', record([...prepared].map(([name, { filled }]) => [name, filled] as const)));
  return copy;
}
