import validate from '../../../schemas/validate-remote-write.cjs';
import type { ConfigError } from '../../values/config-error.js';
import { inSlices } from '../../values/in-slices.js';
import { ConfigFileError, type ConfigProblem, formatProblems, lineFinder } from '../config-problem.js';
import { readConfigFile } from '../read-config-file.js';
import { type ReadDocument, readDocument, startsWith } from '../read-document.js';
import { areReferencesSame, type UsedReferences } from '../references/expand-document.js';
import type { Environment } from '../references/resolve-references.js';
import { fillDefaults } from '../schema/fill-defaults.js';
import { readShape } from '../schema/shape.js';
import type { RawRemoteWrite } from './raw-remote-write.js';
import { NOT_HERE, remoteWriteRules } from './remote-write-rules.js';

/** The checked content of a remote-write file. The files that it names have not been read yet. */
export interface ReadRemoteWrite {
  readonly raw: RawRemoteWrite;
  /** Whether file, variables and files that texts refer to are still what they were. */
  readonly isSame: () => Promise<boolean>;
  /** Finds the place in the file of a mistake that was found later. */
  readonly explain: (error: ConfigError) => Promise<ConfigFileError>;
}

const SHAPE = readShape('remote-write.schema.json');

/** Fills in what is not given. */
export function withDefaults(given: Readonly<Partial<Record<keyof RawRemoteWrite, unknown>>>): RawRemoteWrite {
  return fillDefaults(given, SHAPE) as RawRemoteWrite;
}

/**
 * Reads and checks a file of remote write. Throws a ConfigFileError that names every mistake with file, line, column
 * and key, and no secret.
 */
export async function readRemoteWriteFile(path: string, env: Environment): Promise<ReadRemoteWrite> {
  const { text, checksum } = await readConfigFile(path);
  const document = await readDocument(text, { shape: SHAPE, validate, env });
  const failure = async (problems: readonly ConfigProblem[]): Promise<ConfigFileError> => {
    const lineAt = await inSlices(lineFinder(text));
    return new ConfigFileError('error parsing config file', await inSlices(formatProblems(problems, path, lineAt)));
  };
  if (document.kind === 'empty') throw await failure([{ path: [], message: 'the file is empty; it must have `url:`' }]);
  if (document.kind === 'unusable') throw await failure(document.problems);
  const raw = withDefaults(document.value as Parameters<typeof withDefaults>[0]);
  const problems = problemsOf(raw, document);
  if (problems.length > 0) throw await failure(problems);
  return {
    raw,
    isSame: () => isSame(path, { checksum, used: document.references.used, env }),
    explain: (error) => failure([document.locate({ path: error.path, at: 'value', message: error.message })]),
  };
}

/** Values that could not be read are missing, so rules about what is around them would be noise. */
function problemsOf(
  raw: RawRemoteWrite,
  { problems: found, structural, locate }: Extract<ReadDocument, { readonly kind: 'read' }>,
): readonly ConfigProblem[] {
  const known = found.map((problem) => ({ ...problem, message: adviceOn(problem) ?? problem.message }));
  if (structural.some(({ path }) => path.length === 0)) return known;
  const broken = [...remoteWriteRules(raw)]
    .map(({ path, message }) => locate({ path, at: 'key', message }))
    .filter(({ path }) => !known.some((problem) => startsWith(path, problem.path)));
  return [...known, ...broken];
}

function adviceOn({ path }: ConfigProblem): string | undefined {
  const [key] = path;
  return path.length === 1 && typeof key === 'string' ? NOT_HERE.get(key) : undefined;
}

interface Known {
  readonly checksum: string;
  readonly used: UsedReferences;
  readonly env: Environment;
}

async function isSame(path: string, { checksum, used, env }: Known): Promise<boolean> {
  return (await readConfigFile(path)).checksum === checksum && (await areReferencesSame(used, env));
}
