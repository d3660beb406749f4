import validate from '../../schemas/validate-blackbox.cjs';
import { textMask } from '../probe/text-mask.js';
import { inSlices } from '../values/in-slices.js';
import { ownValue } from '../values/own-value.js';
import type { RawModule, RawTargetPolicy } from '../values/raw-config.js';
import type { ModuleSource } from './compile-module.js';
import type { ConfigProblem } from './config-problem.js';
import { type ForeignBases, type GivenModule, NO_BASES, type UsedBases } from './extends/bases.js';
import { isCertain } from './params/sample-values.js';
import { isOfFile, type PreparedConfig, prepareModules } from './prepare-modules.js';
import { type Prepared, type ReadDocument, readDocument, readValues, startsWith } from './read-document.js';
import type { UsedReferences } from './references/expand-document.js';
import { moduleSecrets } from './references/module-secrets.js';
import type { Environment } from './references/resolve-references.js';
import { blockRules, RULED_BLOCKS } from './rules/module-rules.js';
import { targetPolicyRules } from './rules/target-policy-rules.js';
import { fillDefaults } from './schema/fill-defaults.js';
import type { Finding } from './schema/finding.js';
import { CONFIG_SHAPE, MODULE_SHAPE } from './schema/module-shape.js';
import { isContainer } from './schema/places.js';
import type { Shape } from './schema/shape.js';

/** A target policy as read from a file. */
export interface PolicySource {
  /** The values in the file, without defaults, as they are shown. */
  readonly given: unknown;
  readonly raw: RawTargetPolicy;
}

/** The modules of a file, which satisfy schema and rules but are not yet bound to probers. */
export interface ReadConfig {
  /** The policy of all modules, if the file has one. */
  readonly policy?: PolicySource;
  readonly modules: readonly ModuleSource[];
  readonly moduleShape: Shape;
  /** The modules of other files that are extended, with their checksums. */
  readonly usedBases: UsedBases;
  readonly usedReferences: UsedReferences;
  /** The modules with an unknown prober. Like upstream, they are loaded, and their probes fail. */
  readonly faults: readonly ConfigProblem[];
  /** Finds the place in the file of a mistake that is found later. */
  readonly locate: (finding: Finding) => ConfigProblem;
}

/** Context of a file beside its text: modules and variables that it may refer to. */
export interface LoadOptions {
  /** The modules of other files. */
  readonly bases?: ForeignBases;
  /** The variables that texts may refer to; absent where they refer to nothing. */
  readonly env?: Environment | undefined;
}

const POLICY = 'target_policy';
const POLICY_SHAPE = policyShapeOf(MODULE_SHAPE);

const EMPTY: ConfigProblem = {
  path: [],
  message: 'the file is empty (EOF); it must have at least `modules: {}`',
};

/** Reads and checks a file. Returns its modules, or everything that is wrong with it. */
export async function readConfig(
  text: string,
  { bases = NO_BASES, env }: LoadOptions = {},
): Promise<ReadConfig | { readonly problems: readonly ConfigProblem[] }> {
  let prepared: PreparedConfig = { value: null, modules: new Map(), findings: [], usedBases: new Map() };
  const prepare = async (value: unknown, shown: unknown): Promise<Prepared> => {
    prepared = await inSlices(prepareModules({ value, shown }, MODULE_SHAPE, bases));
    return { ...prepared, isOfFile: (path) => isOfFile(prepared, path) };
  };
  const document = await readDocument(text, { shape: CONFIG_SHAPE, validate, prepare, env });
  if (document.kind === 'unusable') return document;
  if (document.kind === 'empty') return { problems: [EMPTY] };
  const { value, shown, references, structural, locate } = document;
  const modules = await inSlices(moduleSources(prepared, references.values));
  const faults = document.problems.filter((problem) => isUnknownProber(problem) && !structural.includes(problem));
  const found = document.problems.filter((problem) => !faults.includes(problem));
  const policy = policySource(value, shown);
  const broken = [...policyProblems(policy, document), ...(await inSlices(ruleProblems(modules, document)))];
  const problems = [...found, ...broken];
  // Unknown probers are reported together with the other mistakes, so that all can be fixed at once.
  if (problems.length > 0) return { problems: [...problems, ...faults] };
  const used = { usedBases: prepared.usedBases, usedReferences: references.used };
  return { modules, ...(policy && { policy }), moduleShape: MODULE_SHAPE, faults, locate, ...used };
}

/** Whether the problem is a module with no prober or an unknown one. */
function isUnknownProber({ path }: ConfigProblem): boolean {
  return path.length === 3 && path[0] === 'modules' && path[2] === 'prober';
}

function policySource(config: unknown, shown: unknown): PolicySource | undefined {
  const given = isContainer(config) ? config[POLICY] : undefined;
  // The schema has reported anything but a mapping, null included.
  if (!isContainer(given)) return undefined;
  const raw = fillDefaults(given, POLICY_SHAPE) as RawTargetPolicy;
  return { given: isContainer(shown) ? shown[POLICY] : given, raw };
}

function policyProblems(
  policy: PolicySource | undefined,
  { structural, locate }: Extract<ReadDocument, { readonly kind: 'read' }>,
): readonly ConfigProblem[] {
  if (policy === undefined || structural.some(({ path }) => path[0] === POLICY)) return [];
  return [...targetPolicyRules(policy.raw)].map(({ path, message }) =>
    locate({ path: [POLICY, ...path], at: 'key', message }),
  );
}

/** Yields between modules, as everything that goes through all of them. */
function* moduleSources(
  { modules }: PreparedConfig,
  values: ReadonlyMap<string, string>,
): Generator<void, readonly ModuleSource[]> {
  const sources: ModuleSource[] = [];
  for (const { name, given, shown, filled, template, base } of modules.values()) {
    yield;
    // Values of a wrong type have been reported by the schema, and only the rules still see them.
    const raw = given === null ? undefined : (fillDefaults(filled, MODULE_SHAPE) as RawModule);
    const secrets = moduleSecrets(shown, values);
    const mask = textMask(secrets);
    sources.push({
      name,
      given,
      shown,
      raw,
      ...(mask && { mask, secrets }),
      ...(template && { template }),
      ...(base !== undefined && { base }),
    });
  }
  return sources;
}

/** The modules of a file that others can extend, before anything is checked; undefined for a file that is no YAML. */
export async function readGivenModules(
  text: string,
  env: Environment | undefined,
): Promise<ReadonlyMap<string, GivenModule> | undefined> {
  const read = await readValues(text, CONFIG_SHAPE, env);
  if (read === undefined) return undefined;
  const shown = modulesOf(read.shown);
  return new Map(
    Object.entries(modulesOf(read.value)).map(([name, given]) => [name, { given, shown: ownValue(shown, name) }]),
  );
}

function modulesOf(config: unknown): Readonly<Record<string, unknown>> {
  const modules = isContainer(config) ? config['modules'] : undefined;
  return isContainer(modules) ? modules : {};
}

/**
 * Applies the rules between keys to the blocks that are present and complete. Mistakes that have been reported are not
 * reported again.
 */
function* ruleProblems(
  modules: readonly ModuleSource[],
  document: Extract<ReadDocument, { readonly kind: 'read' }>,
): Generator<void, readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  for (const source of modules) {
    yield;
    problems.push(...problemsOfModule(source, document));
  }
  return problems;
}

function problemsOfModule(
  { name, given, raw, template }: ModuleSource,
  { problems: known, structural, locate }: Extract<ReadDocument, { readonly kind: 'read' }>,
): readonly ConfigProblem[] {
  if (raw === undefined || !isContainer(given)) return [];
  const whole = RULED_BLOCKS.filter((block) => {
    const path = ['modules', name, block];
    const isMadeUp = template !== undefined && !isCertain(template, [block]);
    return given[block] !== undefined && !isMadeUp && !structural.some((problem) => startsWith(problem.path, path));
  });
  return whole
    .flatMap((block) =>
      [...blockRules(raw, block)].map(({ path, message }) =>
        locate({ path: ['modules', name, block, ...path], at: 'key', message }),
      ),
    )
    .filter((broken) => !known.some((problem) => startsWith(broken.path, problem.path)));
}

function policyShapeOf(module: Shape): Shape {
  const policy = module.kind === 'struct' ? module.properties.get(POLICY) : undefined;
  if (policy === undefined) throw new Error('Cannot find the policy in blackbox.schema.json');
  return policy;
}
