import validateBlackbox from '../../schemas/validate-blackbox.cjs';
import type { ConfigError } from '../values/config-error.js';
import { inSlices } from '../values/in-slices.js';
import { ConfigFileError, type ConfigProblem, formatProblems, lineFinder } from './config-problem.js';
import { readDocument } from './read-document.js';
import { fillDefaults } from './schema/fill-defaults.js';
import { MODULE_SHAPE } from './schema/module-shape.js';
import type { Shape } from './schema/shape.js';
import type { SchemaValidator } from './schema/validate-schema.js';

/** The value of a key of a module's block, from a file that has nothing else. */
export interface ModulePart {
  /** The checked value with its defaults, as a module has it below that key; undefined for an empty file. */
  readonly value: unknown;
  /** The error for a mistake that is found later, by its path in the module's block, with its place in the file. */
  readonly explain: (error: ConfigError) => Promise<ConfigFileError>;
}

/**
 * Reads a text that is the value of `key` in the block `prober` of a module, such as `queries` of `postgres`. Throws a
 * ConfigFileError that names every mistake with file, line, column and key.
 */
export async function readModulePart(
  text: string,
  fileName: string,
  { prober, key }: { readonly prober: string; readonly key: string },
): Promise<ModulePart> {
  const failure = async (problems: readonly ConfigProblem[]): Promise<ConfigFileError> => {
    const lineAt = await inSlices(lineFinder(text));
    return new ConfigFileError('error parsing file', await inSlices(formatProblems(problems, fileName, lineAt)));
  };
  const shape = partShape(prober, key);
  const document = await readDocument(text, { shape, validate: partValidator(prober, key) });
  if (document.kind === 'empty') return { value: undefined, explain: () => failure([]) };
  if (document.kind === 'unusable' || document.problems.length > 0) throw await failure(document.problems);
  return {
    value: fillDefaults(document.value, shape),
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

/** The validator of the whole configuration, for a part of it: its errors have the paths of the part. */
function partValidator(prober: string, key: string): SchemaValidator {
  const start = `/modules/part/${prober}/${key}`;
  const validate: SchemaValidator = (value) => {
    const isValid = validateBlackbox({ modules: { part: { prober, [prober]: { [key]: value } } } });
    validate.errors = (validateBlackbox.errors ?? []).map((error) => ({
      ...error,
      instancePath: error.instancePath.replace(start, ''),
    }));
    return isValid;
  };
  return validate;
}
