import { TargetPolicy } from '../probe/policy/target-policy.js';
import type { ProbeModule } from '../probe/probe-module.js';
import type { Prober } from '../probe/prober.js';
import { ConfigError } from '../values/config-error.js';
import { inSlices } from '../values/in-slices.js';
import { checkWarnings } from './check-warnings.js';
import { compileModule, type ModuleSource } from './compile-module.js';
import { ConfigFileError, type ConfigProblem, formatProblems, lineFinder } from './config-problem.js';
import { moduleFiller } from './fillable-module.js';
import { guardModules, isGuarded } from './guard-modules.js';
import type { ConfigWarning, FilePolicy, LoadedFile } from './loaded-config.js';
import { moduleWarnings } from './module-warnings.js';
import { type LoadOptions, type ReadConfig, readConfig } from './read-config.js';
import { renderConfig } from './render-config.js';

/**
 * Reads, checks and compiles a configuration. Throws a ConfigFileError that names every mistake with file, line, column
 * and key; its message begins with upstream's `error parsing config file`. `fileName` is only used in messages and
 * places.
 */
export async function loadConfig(
  text: string,
  fileName: string,
  probers: readonly Prober[],
  options: LoadOptions = {},
): Promise<LoadedFile> {
  const result = await readConfig(text, options);
  if ('problems' in result) throw fileError(result.problems, fileName, text);
  const { modules, problems } = await inSlices(compileModules(result, probers));
  if (problems.length > 0) throw fileError([...problems, ...result.faults], fileName, text);
  const { modules: sources, moduleShape } = result;
  const policy = policyOf(result, fileName, text);
  return {
    modules: guardModules(modules, policy?.policy),
    ...(policy && { policy }),
    isGuarded: isGuarded(sources, policy),
    sources,
    usedBases: result.usedBases,
    usedReferences: result.usedReferences,
    moduleShape,
    warnings: warningsOf(sources),
    faults: formatProblems(result.faults, fileName, text),
    places: placesOf(result, fileName, text),
    checkWarnings: () => formatWarnings(result, fileName, text),
    render: () => renderConfig({ modules: sources, policy, moduleShape }),
  };
}

function fileError(problems: readonly ConfigProblem[], fileName: string, text: string): ConfigFileError {
  return new ConfigFileError('error parsing config file', formatProblems(problems, fileName, text));
}

interface CompiledModules {
  readonly modules: ReadonlyMap<string, ProbeModule>;
  readonly problems: readonly ConfigProblem[];
}

/** Yields between modules: the probes that run during a reload measure milliseconds. */
function* compileModules(
  { modules: sources, moduleShape, locate }: ReadConfig,
  probers: readonly Prober[],
): Generator<void, CompiledModules> {
  const modules = new Map<string, ProbeModule>();
  const problems: ConfigProblem[] = [];
  const filler = moduleFiller(moduleShape, probers);
  for (const source of sources) {
    yield;
    try {
      modules.set(source.name, filler(source) ?? compileModule(source, moduleShape, probers));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const path = ['modules', source.name, ...error.path];
      problems.push(locate({ path, at: 'value', message: error.message }));
    }
  }
  return { modules, problems };
}

function warningsOf(sources: readonly ModuleSource[]): readonly ConfigWarning[] {
  return sources.flatMap(({ name, raw }) => (raw === undefined ? [] : [...moduleWarnings(name, raw)]));
}

async function formatWarnings(
  { modules, moduleShape, locate }: ReadConfig,
  fileName: string,
  text: string,
): Promise<readonly string[]> {
  const problems: ConfigProblem[] = [];
  for (const source of modules) problems.push(...(await checkWarnings(source, moduleShape)).map(locate));
  return formatProblems(problems, fileName, text);
}

function policyOf({ policy, locate }: ReadConfig, fileName: string, text: string): FilePolicy | undefined {
  if (policy === undefined) return undefined;
  const { offset = 0 } = locate({ path: ['target_policy'], at: 'key', message: '' });
  const place = `${fileName}:${lineFinder(text)(offset)}`;
  return { ...policy, policy: TargetPolicy.compile(policy.raw), place };
}

function placesOf({ modules, locate }: ReadConfig, fileName: string, text: string): ReadonlyMap<string, string> {
  const lineAt = lineFinder(text);
  return new Map(
    modules.map(({ name }) => {
      const { offset = 0 } = locate({ path: ['modules', name], at: 'key', message: '' });
      return [name, `${fileName}:${lineAt(offset)}`] as const;
    }),
  );
}
