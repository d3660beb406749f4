import { isQuickCel } from '../../values/cel/cel-program.js';
import { isQuickPattern } from '../../values/go/go-regexp.js';
import { compileProblem, type SourceLanguage } from './check-task.js';
import { checkThreads } from './check-threads.js';

/**
 * Returns what is wrong with a regular expression or a CEL expression, or undefined. Compiling cannot be interrupted,
 * so that long ones are compiled in a thread.
 */
export async function sourceProblem(language: SourceLanguage, source: string): Promise<string | undefined> {
  const isQuick = language === 'cel' ? isQuickCel(source) : isQuickPattern(source);
  if (isQuick) return compileProblem(language, source);
  const answer = await checkThreads.run({ kind: 'compile', language, source }, new AbortController().signal);
  // The answer to a task of this kind.
  return answer as string | undefined;
}
