import { type ConfigProblem, formatProblems, lineFinder } from '../../../config/config-problem.js';
import { readYaml } from '../../../config/yaml/read-yaml.js';
import type { YamlNode } from '../../../config/yaml/yaml-node.js';
import { readTextFile } from '../../../files/file-text.js';
import { messageOf } from '../../../values/as-error.js';
import { inSlices } from '../../../values/in-slices.js';
import { type DataSource, dataSourceOf } from './data-source.js';

/** A file of logins has a few lines each. */
const LARGEST_FILE_BYTES = 256 * 1024;
const MOST_MODULES = 1000;

/**
 * Reads the `auth_modules` of postgres_exporter's file: by name, each a `userpass` and `options` of the connection;
 * `given` are parameters for those that a module does not set. Rejects with a FileProblem, or with an Error that says
 * what is wrong, and where.
 */
export async function readAuthModules(
  path: string,
  given: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, DataSource>> {
  const text = await readTextFile(path, LARGEST_FILE_BYTES);
  const parsed = await readYaml(text);
  if (parsed.kind === 'empty') return new Map();
  try {
    if (parsed.kind === 'malformed') throw new Misplaced(parsed.problem);
    return modulesOf(parsed.root, given);
  } catch (error) {
    if (error instanceof Misplaced) {
      const lineAt = await inSlices(lineFinder(text));
      throw new Error((await inSlices(formatProblems([error.problem], path, lineAt))).join('\n'));
    }
    throw error;
  }
}

/** An error with the place of a mistake, to be shown where the text is known. */
class Misplaced extends Error {
  readonly problem: ConfigProblem;

  constructor(problem: ConfigProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function modulesOf(root: YamlNode, given: ReadonlyMap<string, string>): ReadonlyMap<string, DataSource> {
  const modules = entriesOf(root, [], ['auth_modules']).get('auth_modules');
  if (modules === undefined) return new Map();
  const entries = [...entriesOf(modules, ['auth_modules'])];
  if (entries.length > MOST_MODULES) throw wrong(modules, ['auth_modules'], `more than ${MOST_MODULES} modules`);
  return new Map(entries.map(([name, node]) => [name, moduleOf(node, ['auth_modules', name], given)]));
}

function moduleOf(node: YamlNode, path: readonly string[], given: ReadonlyMap<string, string>): DataSource {
  const parts = entriesOf(node, path, ['type', 'userpass', 'options']);
  const type = parts.get('type');
  if (type === undefined || textOf(type, [...path, 'type']) !== 'userpass') {
    throw wrong(type ?? node, [...path, 'type'], 'this must be `userpass`: there is no other type');
  }
  const login = textsOf(parts.get('userpass'), [...path, 'userpass'], ['username', 'password']);
  const options = parts.get('options');
  const values = new Map(textsOf(options, [...path, 'options']));
  values.set('user', login.get('username') ?? '').set('password', login.get('password') ?? '');
  try {
    return dataSourceOf(values, given);
  } catch (error) {
    throw wrong(options ?? node, [...path, 'options'], messageOf(error));
  }
}

function textsOf(
  node: YamlNode | undefined,
  path: readonly string[],
  known?: readonly string[],
): ReadonlyMap<string, string> {
  if (node === undefined) return new Map();
  return new Map([...entriesOf(node, path, known)].map(([key, value]) => [key, textOf(value, [...path, key])]));
}

function entriesOf(node: YamlNode, path: readonly string[], known?: readonly string[]): ReadonlyMap<string, YamlNode> {
  const entries = new Map<string, YamlNode>();
  if (node.kind !== 'mapping') throw wrong(node, path, 'this must be a mapping');
  for (const { key, value } of node.pairs) {
    const name = textOf(key, path);
    if (known?.includes(name) === false) {
      throw wrong(key, path, `there is no such key; possible are ${known.join(', ')}`);
    }
    if (entries.has(name)) throw wrong(key, path, 'this key was there before');
    entries.set(name, value);
  }
  return entries;
}

/** The text of a scalar. The error does not cite other nodes, such as a list, because they may hold a password. */
function textOf(node: YamlNode, path: readonly string[]): string {
  if (node.kind === 'scalar') return node.text;
  throw wrong(node, path, 'this must be a text');
}

function wrong({ offset }: YamlNode, path: readonly string[], message: string): Misplaced {
  return new Misplaced({ offset, path, message });
}
