import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { REPOSITORY } from '../peer.js';

/** A rule of Prometheus: an alert or a recording rule. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

/** A case of `promtool test rules`. */
export interface RuleCase {
  readonly name: string;
  readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  readonly promql_expr_test?: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[];
}

/** The files of rules below `deploy/`. */
export const RULE_FILES = ['rules.yml', 'alerts.yml'] as const;

// The files are ours; what is not as these types say fails the tests.
const read = (path: string): unknown => load(readFileSync(join(REPOSITORY, path), 'utf8'));

/** All rules, in their order. */
export function readRules(): readonly Rule[] {
  return RULE_FILES.flatMap((name) =>
    (read(`deploy/${name}`) as { groups: readonly { rules: readonly Rule[] }[] }).groups.flatMap(({ rules }) => rules),
  );
}

/** Paths of the files with cases for them. */
export const CASE_FILES = readdirSync(join(REPOSITORY, 'test/rules')).map((name) => `test/rules/${name}`);

/** All cases for the rules. */
export function readRuleCases(): readonly RuleCase[] {
  return CASE_FILES.flatMap((path) => (read(path) as { tests: readonly RuleCase[] }).tests);
}
