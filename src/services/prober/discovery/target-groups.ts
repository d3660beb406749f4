import type { ConfigProblem } from '../../../config/config-problem.js';
import type { MappingNode, YamlNode } from '../../../config/yaml/yaml-node.js';
import { escapeName } from '../../../metrics/escape-name.js';
import type { PathStep } from '../../../values/config-error.js';
import { parsePrometheusDuration } from '../../../values/duration.js';
import type { Steps } from '../../../values/in-slices.js';
import type { TargetSchedule } from './known-target.js';
import { readSchedule } from './read-schedule.js';

/** Targets that share their labels. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  readonly schedule: TargetSchedule | 'off' | undefined;
}

/** The groups of a file, or what is wrong with it. */
export interface GroupsRead {
  readonly groups: readonly TargetGroup[];
  readonly problems: readonly ConfigProblem[];
}

const MOST_TARGETS = 100_000;
const MOST_LABELS = 64;
const LONGEST_TARGET = 8192;
const LONGEST_LABEL = 4096;
const MOST_PROBLEMS = 100;
/** A target takes less than a microsecond. */
const TARGETS_A_STEP = 64;

/** Labels with two underscores that a file may set: Prometheus drops them after relabelling. */
const RESERVED_ALLOWED = /^__(?:meta_.+|param_.+|scrape_interval__|scrape_timeout__)$/;

/** Labels that are durations of Prometheus. */
const DURATIONS = new Set(['__scrape_interval__', '__scrape_timeout__']);

/** Takes the groups out of the nodes of a file, in steps. It stops at 100 mistakes. */
export function groupsOf(root: YamlNode): Steps<GroupsRead> {
  return new GroupReader().read(root);
}

class GroupReader {
  readonly #problems: ConfigProblem[] = [];
  #targets = 0;

  *read(root: YamlNode): Steps<GroupsRead> {
    const groups: TargetGroup[] = [];
    if (isNull(root)) return { groups, problems: [] };
    for (const [index, node] of this.#items(root, [], 'a list of groups, each with `targets` and `labels`').entries()) {
      const group = yield* this.#group(node, [index]);
      if (group !== undefined) groups.push(group);
      if (this.#problems.length >= MOST_PROBLEMS) break;
    }
    return { groups, problems: this.#problems };
  }

  *#group(node: YamlNode, path: readonly PathStep[]): Steps<TargetGroup | undefined> {
    yield;
    if (node.kind !== 'mapping') {
      this.#wrong(node, path, 'this must be a group: a mapping with `targets` and `labels`');
      return undefined;
    }
    let targets: readonly string[] = [];
    let labels: ReadonlyMap<string, string> = new Map();
    let schedule: TargetGroup['schedule'];
    for (const { key, value } of this.#pairs(node, path)) {
      if (key === 'targets') targets = yield* this.#targetsOf(value, [...path, key]);
      else if (key === 'labels') labels = this.#labelsOf(value, [...path, key]);
      else if (key === 'schedule') schedule = this.#scheduleOf(value, [...path, key]);
      else this.#wrong(value, [...path, key], 'there is no such key; possible are targets, labels, schedule');
    }
    return { targets, labels, schedule };
  }

  *#targetsOf(node: YamlNode, path: readonly PathStep[]): Steps<readonly string[]> {
    const targets: string[] = [];
    for (const [index, item] of this.#items(node, path, 'a list of targets').entries()) {
      if (index % TARGETS_A_STEP === 0) yield;
      const text = this.#text(item, [...path, index], LONGEST_TARGET);
      if (text === '') this.#wrong(item, [...path, index], 'a target must not be empty');
      else if (text !== undefined) targets.push(text);
      if (this.#problems.length >= MOST_PROBLEMS) break;
      if (++this.#targets <= MOST_TARGETS) continue;
      this.#wrong(item, [...path, index], `a file has at most ${MOST_TARGETS} targets; split it`);
      break;
    }
    return targets;
  }

  #labelsOf(node: YamlNode, path: readonly PathStep[]): ReadonlyMap<string, string> {
    const labels = new Map<string, string>();
    const olderNames = new Map<string, string>();
    if (isNull(node)) return labels;
    if (node.kind !== 'mapping') {
      this.#wrong(node, path, 'this must be a mapping of label names to values');
      return labels;
    }
    for (const { key, value } of this.#pairs(node, path)) {
      const problem = this.#nameProblem(key, labels.size) ?? clash(key, olderNames);
      if (problem !== undefined) this.#wrong(value, [...path, key], problem);
      const text = this.#text(value, [...path, key], LONGEST_LABEL);
      if (DURATIONS.has(key) && text !== undefined && parsePrometheusDuration(text) === undefined)
        this.#wrong(value, [...path, key], 'this is no duration, such as 30s or 1m30s');
      if (text !== undefined) labels.set(key, text);
      if (this.#problems.length >= MOST_PROBLEMS) break;
    }
    return labels;
  }

  #nameProblem(name: string, before: number): string | undefined {
    if (name === '') return 'a label needs a name';
    if (name.length > LONGEST_LABEL) return `the name of a label has at most ${LONGEST_LABEL} characters`;
    // Prometheus refuses a whole scrape with a NUL in a name. Other control characters are never intended.
    if (CONTROL.test(name)) return 'the name of a label has no control characters';
    // Only names of metrics may have a colon: Prometheus could not read /metrics/targets, and version 2 refuses all of
    // /sd.
    if (name.includes(':')) return 'the name of a label has no colon';
    if (before >= MOST_LABELS) return `a group has at most ${MOST_LABELS} labels`;
    if (name === '__param_target') return 'the targets stand in `targets`';
    if (!name.startsWith('__') || RESERVED_ALLOWED.test(name)) return undefined;
    return 'this label is set by Sonde; of those that begin with __ a file may have __meta_…, __param_…, __scrape_interval__ and __scrape_timeout__';
  }

  #scheduleOf(node: YamlNode, path: readonly PathStep[]): TargetGroup['schedule'] {
    return readSchedule(node, (at, steps, message) => {
      this.#wrong(at, [...path, ...steps], message);
    });
  }

  #items(node: YamlNode, path: readonly PathStep[], what: string): readonly YamlNode[] {
    if (isNull(node)) return [];
    if (node.kind === 'sequence') return node.items;
    this.#wrong(node, path, `this must be ${what}`);
    return [];
  }

  /** The pairs with their keys as texts; a key that stands twice is a mistake. */
  *#pairs(node: MappingNode, path: readonly PathStep[]): Generator<{ readonly key: string; readonly value: YamlNode }> {
    const seen = new Set<string>();
    for (const { key, value } of node.pairs) {
      const name = key.kind === 'scalar' ? key.text : undefined;
      if (name === undefined) this.#wrong(key, path, 'a key must be a text');
      else if (seen.has(name)) this.#wrong(key, [...path, name], 'this key stands twice');
      else {
        seen.add(name);
        yield { key: name, value };
      }
    }
  }

  #text(node: YamlNode, path: readonly PathStep[], longest: number): string | undefined {
    if (node.kind !== 'scalar') {
      this.#wrong(node, path, 'this must be a text');
      return undefined;
    }
    if (node.text.length <= longest) return isNull(node) ? '' : node.text;
    this.#wrong(node, path, `this has more than ${longest} characters`);
    return undefined;
  }

  #wrong({ offset }: YamlNode, path: readonly PathStep[], message: string): void {
    this.#problems.push({ path, message, offset });
  }
}

const CONTROL = /[\0-\u001F\u007F]/;

/**
 * The mistake of two label names that become one. Names with other characters than letters, digits and underscores are
 * for Prometheus 3. Older versions get them with underscores instead, and refuse the whole scrape if a series has a
 * name twice.
 */
function clash(name: string, olderNames: Map<string, string>): string | undefined {
  // Prometheus drops labels that begin with `__`, so no series has them.
  if (name.startsWith('__')) return undefined;
  const older = escapeName(name, 'underscores');
  const other = olderNames.get(older);
  olderNames.set(older, name);
  return other === undefined ? undefined : `to Prometheus before 3 this label and ${other} are both ${older}`;
}

/** Plain scalars that mean null (YAML 1.2, 10.3.2). */
const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);

function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.plain && NULLS.has(node.text);
}
