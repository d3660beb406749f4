import validateBlackbox from '../../schemas/validate-blackbox.cjs';
import type { ConfigError } from '../values/config-error.js';
import { inSlices } from '../values/in-slices.js';
import { ConfigFileError, type ConfigProblem, formatProblems, lineFinder } from './config-problem.js';
import { readDocument } from './read-document.js';
import { fillDefaults } from './schema/fill-defaults.js';
import { MODULE_SHAPE } from './schema/module-shape.js';
import type { Shape } from './schema/shape.js';
import { explainInvalid, type SchemaError, type SchemaValidator } from './schema/validate-schema.js';

/** The value of a key of a module's block, from a file that has nothing else. */
export interface ModulePart {
  /** The checked value with its defaults, as a module has it below that key; undefined for an empty file. */
  readonly value: unknown;
  /** A line for each key that the schema does not know and that was left out, at most MOST_TOLD of them. */
  readonly unknownKeys: readonly string[];
  /** The error for a mistake that is found later, by its path in the module's block, with its place in the file. */
  readonly explain: (error: ConfigError) => Promise<ConfigFileError>;
}

/** Unknown keys that are told of. */
const MOST_TOLD = 20;

/**
 * Reads a text that is the value of `key` in the block `prober` of a module, such as `queries` of `postgres`. Throws a
 * ConfigFileError that names every mistake with file, line, column and key. Unknown keys are left out, since the
 * program whose file it is passes over them.
 */
export async function readModulePart(
  text: string,
  fileName: string,
  { prober, key }: { readonly prober: string; readonly key: string },
): Promise<ModulePart> {
  const linesOf = async (problems: readonly ConfigProblem[]): Promise<readonly string[]> => {
    const lineAt = await inSlices(lineFinder(text));
    return inSlices(formatProblems(problems, fileName, lineAt));
  };
  const failure = async (problems: readonly ConfigProblem[]): Promise<ConfigFileError> =>
    new ConfigFileError('error parsing file', await linesOf(problems));
  const shape = partShape(prober, key);
  const unknown: SchemaError[] = [];
  const document = await readDocument(text, { shape, validate: partValidator(prober, key, unknown) });
  if (document.kind === 'empty') return { value: undefined, unknownKeys: [], explain: () => failure([]) };
  if (document.kind === 'unusable') throw await failure(document.problems);
  const told = unknown
    .slice(0, MOST_TOLD)
    .map((error) => document.locate(explainInvalid(error, document.value, shape)));
  // An unknown key may be the misspelled one that is missing.
  if (document.problems.length > 0) throw await failure([...document.problems, ...told]);
  return {
    value: fillDefaults(document.value, shape),
    unknownKeys: await linesOf(told),
    explain: ({ path: [first, ...path], message }) =>
      failure([document.locate({ path: first === key ? path : [], at: 'value', message })]),
  };
}

function partShape(prober: string, key: string): Shape {
  const block = MODULE_SHAPE.kind === 'struct' ? MODULE_SHAPE.properties.get(prober) : undefined;
  const shape = block?.kind === 'struct' ? block.properties.get(key) : undefined;
  if (shape === undefined) throw new Error(`the schema has no ${prober}.${key}`);
  return shape;
}

/**
 * The validator of the whole configuration, for a part of it: its errors have the paths of the part. Those for unknown
 * keys go to `unknown`.
 */
function partValidator(prober: string, key: string, unknown: SchemaError[]): SchemaValidator {
  const start = `/modules/part/${prober}/${key}`;
  const validate: SchemaValidator = (value) => {
    validateBlackbox({ modules: { part: { prober, [prober]: { [key]: value } } } });
    const errors: SchemaError[] = [];
    for (const error of validateBlackbox.errors ?? []) {
      const kind = error.keyword === 'additionalProperties' ? unknown : errors;
      kind.push({ ...error, instancePath: error.instancePath.replace(start, '') });
    }
    validate.errors = errors;
    return errors.length === 0;
  };
  return validate;
}
