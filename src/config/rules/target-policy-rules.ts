import { ConfigError } from '../../values/config-error.js';
import type { RawTargetPolicy, RawTargetRule } from '../../values/raw-config.js';
import { inside } from './at-most-one.js';

/** More entries than anybody writes by hand; a probe goes through all of them. */
const MOST_ENTRIES = 1000;

/**
 * Applies the rules between the keys of a target policy. Empty rules and lists are refused: they are hardly meant to
 * match everything, or nothing.
 */
export function* targetPolicyRules({ allow, deny }: RawTargetPolicy): Generator<ConfigError> {
  if (allow === undefined && deny.length === 0) {
    yield new ConfigError('there is no rule; write what is to be denied or allowed, or leave the policy out', []);
  }
  if (allow?.length === 0) {
    yield new ConfigError(
      'there is no rule, so nothing could be probed; leave `allow` out to allow what is not denied',
      ['allow'],
    );
  }
  for (const [key, rules] of [
    ['deny', deny],
    ['allow', allow ?? []],
  ] as const) {
    for (const [index, rule] of rules.entries()) yield* inside(key, inside(index, emptyKeys(rule)));
  }
  const entries = [...deny, ...(allow ?? [])].flatMap(listsOf).reduce((sum, [, list]) => sum + list.length, 0);
  if (entries > MOST_ENTRIES) yield new ConfigError(`there are more than ${MOST_ENTRIES} entries; join blocks`, []);
}

function* emptyKeys(rule: RawTargetRule): Generator<ConfigError> {
  const lists = listsOf(rule);
  if (lists.length === 0) {
    yield new ConfigError('the rule is empty; it must have addresses, hosts, ports, schemes or paths', []);
  }
  for (const [key, list] of lists) {
    if (list.length === 0)
      yield new ConfigError('the list is empty; name what the rule is about, or leave it out', [key]);
  }
}

function listsOf({ addresses, hosts, ports, schemes, paths }: RawTargetRule): (readonly [string, readonly string[]])[] {
  return Object.entries({ addresses, hosts, ports, schemes, paths }).flatMap(([key, list]) =>
    list === undefined ? [] : [[key, list] as const],
  );
}
