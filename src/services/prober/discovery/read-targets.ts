import { type ConfigProblem, formatProblems, lineFinder } from '../../../config/config-problem.js';
import { readJson, readYaml } from '../../../config/yaml/read-yaml.js';
import { inSlices } from '../../../values/in-slices.js';
import { groupsOf, type TargetGroup } from './target-groups.js';

/** The groups of a targets file, or its mistakes, one line each. */
export type ReadTargets =
  | { readonly kind: 'read'; readonly groups: readonly TargetGroup[] }
  /** The file holds nothing but blanks: it says nothing yet. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'unusable'; readonly problems: readonly string[] };

/** More characters than any targets file needs: YAML takes some 0.7 s of a processor a MiB. */
const LONGEST_TEXT = 4 * 1024 * 1024;

/**
 * Reads a targets file in the form of Prometheus' file_sd: a list of groups, each with `targets` and `labels`, as YAML
 * or JSON. Long texts are parsed in a thread.
 */
export async function readTargets(text: string, file: string): Promise<ReadTargets> {
  if (text.length > LONGEST_TEXT)
    return { kind: 'unusable', problems: [`${file}: the file is longer than ${LONGEST_TEXT} characters; split it`] };
  if (!/\S/.test(text)) return { kind: 'empty' };
  const quick = /^\s*\[/.test(text) ? await readJson(text, DEEPEST) : undefined;
  const groups = quick === undefined ? undefined : await inSlices(groupsOf(quick));
  if (groups?.problems.length === 0) return { kind: 'read', groups: groups.groups };
  // JSON is YAML: the slower way tells the places of mistakes.
  return readSlowly(text, file);
}

async function readSlowly(text: string, file: string): Promise<ReadTargets> {
  const parsed = await readYaml(text);
  if (parsed.kind === 'empty') return { kind: 'read', groups: [] };
  if (parsed.kind === 'malformed') return unusable([parsed.problem], file, text);
  const { groups, problems } = await inSlices(groupsOf(parsed.root));
  return problems.length === 0 ? { kind: 'read', groups } : unusable(problems, file, text);
}

async function unusable(problems: readonly ConfigProblem[], file: string, text: string): Promise<ReadTargets> {
  const lineAt = await inSlices(lineFinder(text));
  return { kind: 'unusable', problems: await inSlices(formatProblems(problems, file, lineAt)) };
}

/** A targets file has three levels. Deeper JSON is wrong, and the slower YAML parser explains why. */
const DEEPEST = 4;
