import { gauge } from '../../metrics/metric-definition.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import type { ProbeContext } from '../../probe/prober.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { RawRedisScript } from '../../values/raw-config.js';
import { shownText } from '../../values/shown-text.js';
import type { LuaRunner } from './redis-lua.js';
import { RespError, type RespValue } from './resp-reader.js';

// Names, types and texts are those of redis_exporter 1.86.
const scriptResult = gauge('redis_script_result', 'Result of the collect script evaluation', ['filename']);
const scriptValues = gauge('redis_script_values', 'Values returned by the collect script', ['filename', 'key']);

/** The values of redis_script_result. */
const RESULT = { failed: 0, values: 1, nothing: 2 } as const;

/** Values of one script that are shown. */
const MOST_VALUES = 1000;

/** The scripts of a module. */
export interface ScriptOptions {
  readonly scripts: readonly RawRedisScript[];
  /** Whether they are not run where the server has no EVAL_RO. */
  readonly readOnly: boolean;
}

/**
 * Runs scripts, one after the other. One that fails costs its own metrics; redis_script_result and the log tell of it.
 * Rejects with a ProbeFailure.
 */
export async function reportScripts(
  { scripts, readOnly }: ScriptOptions,
  lua: LuaRunner,
  { metrics, log }: Pick<ProbeContext, 'metrics' | 'log'>,
): Promise<void> {
  for (const { name, lua: text } of scripts) {
    // Until it has answered: an answer that is too large ends the connection.
    metrics.setWith(scriptResult, { filename: name }, RESULT.failed);
    // Scripts written for redis_exporter may read the argument that it passes.
    const read = readPairs(await lua.run(text, ['0'], { readOnly }));
    const { values, problem } = read;
    if (problem !== undefined) log.warn('A script failed', { script: name, err: problem });
    for (const [key, value] of values) {
      if (loopTurns.isOver()) await lua.turn();
      metrics.setWith(scriptValues, { filename: name, key: shownText(key) }, value);
    }
    const result = values.length === 0 ? RESULT.nothing : RESULT.values;
    metrics.setWith(scriptResult, { filename: name }, problem === undefined ? result : RESULT.failed);
  }
}

interface Read {
  readonly values: readonly (readonly [key: string, value: number])[];
  /** What is wrong with the answer, if anything is. */
  readonly problem: string | undefined;
}

/** Reads a list of names and values in turn. A value that is no number costs itself alone. */
function readPairs(answer: RespValue): Read {
  if (answer instanceof RespError) return { values: [], problem: answer.text };
  if (!Array.isArray(answer)) return { values: [], problem: 'it returned no list of names and values' };
  const list = answer as readonly RespValue[];
  const values: (readonly [string, number])[] = [];
  let problem = list.length % 2 === 0 ? undefined : 'it returned a name without a value';
  if (list.length > 2 * MOST_VALUES) problem = `it returned more than ${MOST_VALUES} values`;
  for (let at = 0; at + 1 < Math.min(list.length, 2 * MOST_VALUES); at += 2) {
    const [key, value] = [list[at], list[at + 1]];
    const number = typeof value === 'string' ? parseFloatText(value) : value;
    if (typeof key === 'string' && typeof number === 'number') values.push([key, number]);
    else problem ??= `it returned a value that is no number: ${shownValue(key)}`;
  }
  return { values, problem };
}

function shownValue(key: RespValue | undefined): string {
  return typeof key === 'string' ? shownText(key) : 'of a name that is no text';
}
