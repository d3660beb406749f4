import { type ConfigProblem, formatProblems, lineFinder } from '../../../config/config-problem.js';
import { readYaml } from '../../../config/yaml/read-yaml.js';
import type { YamlNode } from '../../../config/yaml/yaml-node.js';
import { inSlices } from '../../../values/in-slices.js';
import { groupsOf, type TargetGroup } from './target-groups.js';

/** What a targets file says, or what is wrong with it, a line each. */
export type ReadTargets =
  | { readonly kind: 'read'; readonly groups: readonly TargetGroup[] }
  | { readonly kind: 'unusable'; readonly problems: readonly string[] };

/** More characters than any targets file needs: YAML takes some 0.7 s of a processor a MiB. */
const LONGEST_TEXT = 4 * 1024 * 1024;

/**
 * Reads a targets file in the form of Prometheus' file_sd: a list of groups, each with `targets` and `labels`, as YAML
 * or JSON. YAML that is not short is parsed in a thread.
 */
export async function readTargets(text: string, file: string): Promise<ReadTargets> {
  if (text.length > LONGEST_TEXT)
    return { kind: 'unusable', problems: [`${file}: the file is longer than ${LONGEST_TEXT} characters; split it`] };
  const quick = parseJson(text);
  const groups = quick === undefined ? undefined : groupsOf(quick);
  if (groups?.problems.length === 0) return { kind: 'read', groups: groups.groups };
  // JSON is YAML: the slower way tells the places of mistakes.
  return readSlowly(text, file);
}

async function readSlowly(text: string, file: string): Promise<ReadTargets> {
  const parsed = await readYaml(text);
  if (parsed.kind === 'empty') return { kind: 'read', groups: [] };
  if (parsed.kind === 'malformed') return unusable([parsed.problem], file, text);
  const { groups, problems } = groupsOf(parsed.root);
  return problems.length === 0 ? { kind: 'read', groups } : unusable(problems, file, text);
}

async function unusable(problems: readonly ConfigProblem[], file: string, text: string): Promise<ReadTargets> {
  const lineAt = await inSlices(lineFinder(text));
  return { kind: 'unusable', problems: await inSlices(formatProblems(problems, file, lineAt)) };
}

/** JSON as the nodes that YAML has, without places; undefined for what is none. It is read much faster than YAML. */
function parseJson(text: string): YamlNode | undefined {
  if (!/^\s*\[/.test(text)) return undefined;
  try {
    return nodeOf(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

/** A targets file has three levels; what is deeper is wrong, and the slower way says so. */
const DEEPEST = 4;

function nodeOf(value: unknown, depth: number): YamlNode {
  if (depth > DEEPEST) throw new RangeError('too deep');
  if (Array.isArray(value)) return { kind: 'sequence', offset: 0, items: value.map((each) => nodeOf(each, depth + 1)) };
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, each]) => ({
      key: nodeOf(key, depth + 1),
      value: nodeOf(each, depth + 1),
    }));
    return { kind: 'mapping', offset: 0, pairs };
  }
  return { kind: 'scalar', offset: 0, text: String(value), plain: typeof value !== 'string' };
}
