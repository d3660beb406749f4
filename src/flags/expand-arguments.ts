import { asFileProblem } from '../files/file-problem.js';
import { readRegularFile } from '../files/regular-file.js';
import { UsageError } from './flag-definition.js';

/** Kingpin has no bound; a command line that a human or a program wrote for a service is far below. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_FILES = 100;
const MAX_ARGUMENTS = 100_000;

/**
 * Puts the lines of files in the place of `@file`, one argument a line, as kingpin has it: an empty line is an empty
 * argument, a line with `#` in front is a comment, files may name files, and nothing is expanded behind `--`. Throws
 * UsageError for a file that cannot be read.
 */
export async function expandArguments(args: readonly string[]): Promise<readonly string[]> {
  const expanded: string[] = [];
  const rest = [...args].reverse();
  let files = 0;
  for (let arg = rest.pop(); arg !== undefined; arg = rest.pop()) {
    if (arg === '--') return [...expanded, arg, ...rest.reverse()];
    if (!arg.startsWith('@')) {
      expanded.push(arg);
      continue;
    }
    if (arg === '@') throw new UsageError('expected @ file to expand arguments from');
    if (++files > MAX_FILES) throw new UsageError(`${arg} is one arguments file too many: there may be ${MAX_FILES}`);
    const lines = await readArguments(arg.slice(1));
    if (rest.length + lines.length > MAX_ARGUMENTS) throw new UsageError(`too many arguments in ${arg}`);
    for (const line of lines.reverse()) rest.push(line);
  }
  return expanded;
}

async function readArguments(file: string): Promise<string[]> {
  try {
    const { bytes } = await readRegularFile(file, MAX_FILE_BYTES);
    const lines = bytes.toString('utf8').split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines.filter((line) => !line.startsWith('#'));
  } catch (error) {
    const problem = asFileProblem(file, error);
    const isRead = problem.message.startsWith('read ');
    throw new UsageError(
      `failed to ${isRead ? 'read arguments from' : 'open arguments file'} "${file}": ${problem.message}`,
    );
  }
}
