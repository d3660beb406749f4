import { asFileProblem } from '../../files/file-problem.js';
import { readTextFile } from '../../files/file-text.js';
import { UsageError } from '../../flags/flag-definition.js';
import type { Shell } from '../shell.js';

const MOST_BYTES = 1024 * 1024;
const MOST_TARGETS = 10_000;

/**
 * The operands with `-` replaced by the lines of standard input, and the lines of the file behind them; `#` begins a
 * comment. Rejects with UsageError.
 */
export async function readTargets(operands: readonly string[], file: string, shell: Shell): Promise<readonly string[]> {
  const sources = [...operands, ...(file === '-' ? ['-'] : [])];
  const targets: string[] = [];
  for (const operand of sources) targets.push(...(operand === '-' ? linesOf(await readInput(shell)) : [operand]));
  if (file !== '' && file !== '-') targets.push(...linesOf(await readFile(file)));
  if (targets.length > MOST_TARGETS) throw new UsageError(`too many targets: there may be ${MOST_TARGETS}`);
  return targets;
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

async function readInput({ readInput: read }: Shell): Promise<string> {
  const text = await read(MOST_BYTES);
  if (text === undefined) throw new UsageError(`standard input has more than ${MOST_BYTES} bytes`);
  return text;
}

async function readFile(file: string): Promise<string> {
  try {
    return await readTextFile(file, MOST_BYTES);
  } catch (error) {
    throw new UsageError(asFileProblem(file, error).message);
  }
}
