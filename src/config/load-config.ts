import { TargetPolicy } from '../probe/policy/target-policy.js';
import type { ProbeModule } from '../probe/probe-module.js';
import type { Prober } from '../probe/prober.js';
import { ConfigError } from '../values/config-error.js';
import { inSlices, type Steps } from '../values/in-slices.js';
import { compileModule, type ModuleSource } from './compile-module.js';
import { ConfigFileError, type ConfigProblem, formatProblems, type LineFinder, lineFinder } from './config-problem.js';
import { moduleFiller } from './fillable-module.js';
import { guarded, isGuarded } from './guard-modules.js';
import type { ConfigWarning, FilePolicy, LoadedFile } from './loaded-config.js';
import { type LoadOptions, type ReadConfig, readConfig } from './read-config.js';
import { renderConfig } from './render-config.js';
import { checkWarnings } from './warnings/check-warnings.js';
import { moduleWarnings } from './warnings/module-warnings.js';

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
  const place: PlaceInFile = { fileName, lineAt: await inSlices(lineFinder(text)) };
  if ('problems' in result) throw await fileError(result.problems, place);
  const policy = policyOf(result, place);
  const { modules, problems } = await inSlices(compileModules(result, { probers, policy }));
  if (problems.length > 0) throw await fileError([...problems, ...result.faults], place);
  const { modules: sources, moduleShape } = result;
  return {
    modules,
    ...(policy && { policy }),
    isGuarded: isGuarded(sources, policy),
    sources,
    usedBases: result.usedBases,
    usedReferences: result.usedReferences,
    moduleShape,
    warnings: await inSlices(warningsOf(sources)),
    faults: await formatted(result.faults, place),
    places: await inSlices(placesOf(result, place)),
    checkWarnings: () => formatWarnings(result, place),
    render: () => renderConfig({ modules: sources, policy, moduleShape }),
  };
}

/** The file name and line index that turn a path of keys into a place such as `file:line:column`. */
interface PlaceInFile {
  readonly fileName: string;
  readonly lineAt: LineFinder;
}

function formatted(problems: readonly ConfigProblem[], { fileName, lineAt }: PlaceInFile): Promise<readonly string[]> {
  return inSlices(formatProblems(problems, fileName, lineAt));
}

async function fileError(problems: readonly ConfigProblem[], place: PlaceInFile): Promise<ConfigFileError> {
  return new ConfigFileError('error parsing config file', await formatted(problems, place));
}

interface CompiledModules {
  readonly modules: ReadonlyMap<string, ProbeModule>;
  readonly problems: readonly ConfigProblem[];
}

/** Yields between modules: the probes that run during a reload measure milliseconds. */
function* compileModules(
  { modules: sources, moduleShape, locate }: ReadConfig,
  { probers, policy }: { readonly probers: readonly Prober[]; readonly policy: FilePolicy | undefined },
): Steps<CompiledModules> {
  const modules = new Map<string, ProbeModule>();
  const problems: ConfigProblem[] = [];
  const filler = moduleFiller(moduleShape, probers);
  for (const source of sources) {
    yield;
    try {
      const module = filler(source) ?? compileModule(source, moduleShape, probers);
      modules.set(source.name, policy === undefined ? module : guarded(module, policy));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const path = ['modules', source.name, ...error.path];
      problems.push(locate({ path, at: 'value', message: error.message }));
    }
  }
  return { modules, problems };
}

function* warningsOf(sources: readonly ModuleSource[]): Steps<readonly ConfigWarning[]> {
  const warnings: ConfigWarning[] = [];
  for (const { name, raw } of sources) {
    yield;
    if (raw !== undefined) warnings.push(...moduleWarnings(name, raw));
  }
  return warnings;
}

async function formatWarnings(
  { modules, moduleShape, locate }: ReadConfig,
  place: PlaceInFile,
): Promise<readonly string[]> {
  const problems: ConfigProblem[] = [];
  for (const source of modules) problems.push(...(await checkWarnings(source, moduleShape)).map(locate));
  return formatted(problems, place);
}

function policyOf({ policy, locate }: ReadConfig, { fileName, lineAt }: PlaceInFile): FilePolicy | undefined {
  if (policy === undefined) return undefined;
  const { offset = 0 } = locate({ path: ['target_policy'], at: 'key', message: '' });
  return { ...policy, policy: TargetPolicy.compile(policy.raw), place: `${fileName}:${lineAt(offset)}` };
}

function* placesOf(
  { modules, locate }: ReadConfig,
  { fileName, lineAt }: PlaceInFile,
): Steps<ReadonlyMap<string, string>> {
  const places = new Map<string, string>();
  for (const { name } of modules) {
    yield;
    const { offset = 0 } = locate({ path: ['modules', name], at: 'key', message: '' });
    places.set(name, `${fileName}:${lineAt(offset)}`);
  }
  return places;
}
