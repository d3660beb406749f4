import type { PathStep } from '../values/config-error.js';
import type { RawModule } from '../values/raw-config.js';
import { checkFormats } from './check-formats.js';
import { coerce } from './coerce.js';
import type { Coerced } from './coerce.js';
import type { ModuleSource } from './compile-module.js';
import type { ConfigProblem } from './config-problem.js';
import { fillDefaults } from './fill-defaults.js';
import type { Finding } from './finding.js';
import { parseYaml } from './parse-yaml.js';
import { isContainer } from './places.js';
import { BLOCKS, blockRules } from './rules/module-rules.js';
import { readShape } from './shape.js';
import type { Shape } from './shape.js';
import { validateSchema } from './validate-schema.js';

/** A file's modules, valid by schema and rules, but not yet bound to probers. */
export interface ReadConfig {
  readonly modules: readonly ModuleSource[];
  readonly moduleShape: Shape;
  /** Brings a mistake that is found later to its place in the file. */
  readonly locate: (finding: Finding) => ConfigProblem;
}

const CONFIG_SHAPE = readShape('blackbox.schema.json');
const MODULE_SHAPE = moduleShapeOf(CONFIG_SHAPE);

/** More than any configuration needs, and what is read and held at once while loading. */
const LONGEST_TEXT = 16 * 1024 * 1024;

/** More mistakes than anybody reads; also bounds the work that a file of nothing but mistakes makes. */
const MOST_PROBLEMS = 1000;

/** Reads and checks a file; gives its modules, or everything that is wrong with it. */
export async function readConfig(text: string): Promise<ReadConfig | { readonly problems: readonly ConfigProblem[] }> {
  if (text.length > LONGEST_TEXT) return failed(`the file is longer than ${LONGEST_TEXT} characters; split it`);
  const yaml = parseYaml(text);
  if (yaml.kind === 'malformed') return { problems: [yaml.problem] };
  if (yaml.kind === 'empty') return failed('the file is empty (EOF); it must have at least `modules: {}`');
  const coerced = coerce(yaml.root, CONFIG_SHAPE);
  const locate = (finding: Finding): ConfigProblem => locateIn(coerced, finding);
  const found = [...validateSchema(coerced.value, CONFIG_SHAPE), ...(await checkFormats(coerced.value, CONFIG_SHAPE))];
  const structural = coerced.problems.slice(0, MOST_PROBLEMS);
  const located = found.slice(0, MOST_PROBLEMS).map(locate);
  const problems = [...structural, ...located.filter((problem) => !isWithinAny(problem.path, structural))];
  const more = coerced.problems.length + found.length - structural.length - located.length;
  if (more > 0) return { problems: [...problems, { path: [], message: `there are ${more} more mistakes` }] };
  const modules = moduleSources(coerced.value);
  problems.push(...ruleProblems(modules, locate, problems));
  return problems.length > 0 ? { problems } : { modules, moduleShape: MODULE_SHAPE, locate };
}

function failed(message: string): { readonly problems: readonly ConfigProblem[] } {
  return { problems: [{ path: [], message }] };
}

function locateIn({ value, places }: Coerced, { path, at, message }: Finding): ConfigProblem {
  return { ...places.locate(value, path, at), message };
}

/** Whether a path leads to or into something that has been complained about: it is not there, so whatever follows from that is noise. */
function isWithinAny(path: readonly PathStep[], problems: readonly ConfigProblem[]): boolean {
  return problems.some((problem) => startsWith(path, problem.path));
}

function startsWith(path: readonly PathStep[], start: readonly PathStep[]): boolean {
  return start.every((step, index) => path[index] === step);
}

function moduleSources(config: unknown): readonly ModuleSource[] {
  const modules = isContainer(config) ? config['modules'] : undefined;
  if (!isContainer(modules)) return [];
  return Object.entries(modules).map(([name, given]) => {
    // What does not fit the type has been complained about by the schema, and goes no further than the rules.
    const raw = given === null ? undefined : (fillDefaults(given, MODULE_SHAPE) as RawModule);
    return { name, given, raw };
  });
}

/** Rules between keys, for the blocks that are there and in which every single key is right. */
function ruleProblems(
  modules: readonly ModuleSource[],
  locate: (finding: Finding) => ConfigProblem,
  known: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  return modules.flatMap(({ name, given, raw }) => {
    if (raw === undefined || !isContainer(given)) return [];
    const sound = BLOCKS.filter((block) => {
      const path = ['modules', name, block];
      return given[block] !== undefined && !known.some((problem) => startsWith(problem.path, path));
    });
    return sound.flatMap((block) =>
      [...blockRules(raw, block)].map(({ path, message }) =>
        locate({ path: ['modules', name, block, ...path], at: 'key', message }),
      ),
    );
  });
}

function moduleShapeOf(config: Shape): Shape {
  const modules = config.kind === 'struct' ? config.properties.get('modules') : undefined;
  if (modules?.kind !== 'map') throw new Error('Cannot find the modules in blackbox.schema.json');
  return modules.values;
}
