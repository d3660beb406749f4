import type { YamlNode } from '../../../config/yaml/yaml-node.js';
import type { PathStep } from '../../../values/config-error.js';
import { parsePrometheusDuration } from '../../../values/duration.js';
import type { TargetSchedule } from './known-target.js';

/** Reports a mistake: the node, the path to it from `schedule`, and the message. */
export type SayWrong = (node: YamlNode, steps: readonly PathStep[], message: string) => void;

/** The shortest and the longest interval of a schedule, in seconds. */
export const SHORTEST_INTERVAL = 1;
/** One week. */
export const LONGEST_INTERVAL = 7 * 86_400;

/** The error for an interval beyond the limits. */
export const INTERVAL_LIMITS = 'an interval is from 1s to 1w';

const NO_SCHEDULE = 'this must be an interval such as 30s, a mapping with `interval` and `timeout`, or off';

/** Reads `schedule:` of a group: an interval, `off`, or a mapping with `interval` and `timeout`. */
export function readSchedule(node: YamlNode, sayWrong: SayWrong): TargetSchedule | 'off' | undefined {
  if (node.kind === 'mapping') return readMapping(node.pairs, node, sayWrong);
  if (node.kind !== 'scalar') {
    sayWrong(node, [], NO_SCHEDULE);
    return undefined;
  }
  if (node.text === 'off' || node.text === 'false') return 'off';
  const intervalSeconds = parsePrometheusDuration(node.text);
  if (intervalSeconds === undefined) sayWrong(node, [], NO_SCHEDULE);
  else if (!isInterval(intervalSeconds)) sayWrong(node, [], INTERVAL_LIMITS);
  else return { intervalSeconds };
  return undefined;
}

/** Whether Sonde probes a target as often as that. */
export function isInterval(seconds: number): boolean {
  return seconds >= SHORTEST_INTERVAL && seconds <= LONGEST_INTERVAL;
}

function readMapping(
  pairs: readonly { readonly key: YamlNode; readonly value: YamlNode }[],
  whole: YamlNode,
  sayWrong: SayWrong,
): TargetSchedule | undefined {
  const found = new Map<string, number>();
  for (const { key, value } of pairs) {
    const name = key.kind === 'scalar' ? key.text : '';
    const seconds = value.kind === 'scalar' ? parsePrometheusDuration(value.text) : undefined;
    if (name !== 'interval' && name !== 'timeout')
      sayWrong(value, [name], 'there is no such key; possible are interval, timeout');
    else if (found.has(name)) sayWrong(value, [name], 'this key stands twice');
    else if (seconds === undefined) sayWrong(value, [name], 'this is no duration, such as 30s or 1m30s');
    else if (name === 'interval' && !isInterval(seconds)) sayWrong(value, [name], INTERVAL_LIMITS);
    else if (name === 'timeout' && seconds === 0) sayWrong(value, [name], 'a timeout is above 0');
    else found.set(name, seconds);
  }
  const intervalSeconds = found.get('interval');
  const timeoutSeconds = found.get('timeout');
  if (intervalSeconds === undefined) {
    if (!pairs.some(({ key }) => key.kind === 'scalar' && key.text === 'interval'))
      sayWrong(whole, [], 'a schedule needs an interval');
    return undefined;
  }
  if (timeoutSeconds !== undefined && timeoutSeconds > intervalSeconds)
    sayWrong(whole, [], 'the timeout is longer than the interval');
  return { intervalSeconds, ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
}
