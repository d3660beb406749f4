import type { PathStep } from '../../values/config-error.js';
import { ownValue } from '../../values/own-value.js';
import { closest } from '../../values/suggest.js';
import { isContainer } from './places.js';
import { renamedKey } from './renamed-keys.js';
import type { Shape } from './shape.js';

/** A key that the schema does not know, and where it is. */
export interface UnknownKey {
  readonly key: string;
  /** The path of the mapping that has the key. */
  readonly path: readonly PathStep[];
  /** All loaded values, and their shape. */
  readonly root: unknown;
  readonly shape: Shape;
}

/** Keys at the root of files of other kinds, and what checks those. */
const OTHER_FILES: ReadonlyMap<string, string> = new Map([
  ...['tls_server_config', 'http_server_config', 'basic_auth_users', 'rate_limit'].map(
    (key) => [key, 'this looks like a web config file; check it with `sonde check --web`'] as const,
  ),
  ...['global', 'scrape_configs', 'rule_files', 'alerting'].map(
    (key) =>
      [key, 'this looks like a configuration of Prometheus itself, which `promtool check config` checks'] as const,
  ),
  ...['remote_write', 'remote_timeout', 'write_relabel_configs'].map(
    (key) => [key, 'this looks like an entry of remote_write; check it with `sonde check --remote-write`'] as const,
  ),
]);

/** A longer list of possible keys helps nobody. */
const MOST_LISTED = 20;

/**
 * Says what to do about an unknown key: what it was renamed to, where it belongs, which key was probably meant, or
 * which keys are possible. It never suggests a key with another meaning; see `closest`.
 */
export function explainUnknownKey(unknown: UnknownKey): string {
  const { key, path, shape } = unknown;
  const here = shapeAt(shape, path);
  const known = here?.kind === 'struct' ? [...here.properties.keys()] : [];
  return (
    dedentedBlock(unknown) ??
    told(otherFile(unknown)) ??
    told(renamedKey(blockOf(path), key)) ??
    told(below(unknown, here)) ??
    told(above(unknown)) ??
    meant(closest(key, known)) ??
    told(renamedKey(proberOf(unknown), key)) ??
    possible(known, path)
  );
}

const NO_SUCH_KEY = 'there is no such key';

function told(advice: string | undefined): string | undefined {
  return advice === undefined ? undefined : `${NO_SUCH_KEY} here; ${advice}`;
}

function meant(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `${NO_SUCH_KEY}; did you mean "${word}"?`;
}

function possible(known: readonly string[], path: readonly PathStep[]): string {
  // A file without a prober has no list elsewhere.
  if (known.length <= MOST_LISTED || path.length === 0) return `${NO_SUCH_KEY}; possible are ${known.join(', ')}`;
  return `${NO_SUCH_KEY}; docs/configuration.md lists those of \`${String(path.at(-1))}\``;
}

/** Recognises a file that is no configuration of modules at all. */
function otherFile({ key, path, shape }: UnknownKey): string | undefined {
  const isOfModules = shape.kind === 'struct' && shape.properties.has('modules');
  return path.length === 0 && isOfModules ? OTHER_FILES.get(key) : undefined;
}

/** Recognises a prober's block that is indented only as far as the modules, or as `modules:` itself. */
function dedentedBlock({ key, path, root, shape }: UnknownKey): string | undefined {
  const blocks = blockNames(shape);
  if (path.length === 0 && blocks.includes(key)) return indent(key);
  const [modules, name] = path;
  if (path.length !== 2 || modules !== 'modules' || !blocks.includes(String(name))) return undefined;
  const module = valueAt(root, path);
  if (!isContainer(module) || module['prober'] !== undefined) return undefined;
  const block = shapeAt(shape, ['modules', '', String(name)]);
  return block?.kind === 'struct' && block.properties.has(key) ? indent(String(name)) : undefined;
}

function indent(block: string): string {
  return `this makes a module of \`${block}:\`; indent \`${block}:\`, so that it stands below the \`prober:\` of its module`;
}

/** Finds where the key belongs below this mapping: in the block of the module's prober, or in another mapping. */
function below(unknown: UnknownKey, here: Shape | undefined): string | undefined {
  const { key } = unknown;
  const found = mappingsWith(key, here);
  const prober = proberOf(unknown);
  const own = found.find((names) => names[0] === prober);
  if (own === undefined && prober !== '') {
    const advice = renamedKey(prober, key);
    if (advice !== undefined) return advice;
    if (found.length > 1)
      return `it belongs under the block of a prober that has it, such as \`${found[0]?.[0] ?? ''}:\``;
  }
  const names = own ?? found[0];
  return names === undefined ? undefined : `it belongs under ${names.map((name) => `\`${name}:\``).join(' ')}`;
}

/** Finds the mappings below a shape that have the key, nearest first. Each is given by the names that lead to it. */
function mappingsWith(key: string, here: Shape | undefined, depth = 2): readonly (readonly string[])[] {
  if (here?.kind !== 'struct' || depth === 0) return [];
  const inner = [...here.properties].filter(([, property]) => property.kind === 'struct');
  const near = inner.filter(([, property]) => hasKey(property, key)).map(([name]) => [name]);
  const far = inner.flatMap(([name, property]) =>
    mappingsWith(key, property, depth - 1).map((names) => [name, ...names]),
  );
  return [...near, ...far];
}

/** Recognises a key of an enclosing mapping, such as `timeout` below `http:`. */
function above({ key, path, shape }: UnknownKey): string | undefined {
  for (let length = path.length - 1; length >= 2; length--) {
    if (!hasKey(shapeAt(shape, path.slice(0, length)), key)) continue;
    return `it belongs one level further left, beside \`${String(path[length])}:\``;
  }
  return undefined;
}

function hasKey(shape: Shape | undefined, key: string): boolean {
  return shape?.kind === 'struct' && shape.properties.has(key);
}

/** Returns the block that a path leads into, such as `http`. */
function blockOf(path: readonly PathStep[]): string {
  return path[0] === 'modules' && path.length === 3 ? String(path[2]) : '';
}

/** Returns the prober of the module that a path leads to. */
function proberOf({ path, root }: UnknownKey): string {
  const module = path[0] === 'modules' && path.length === 2 ? valueAt(root, path) : undefined;
  const prober = isContainer(module) ? module['prober'] : undefined;
  return typeof prober === 'string' ? prober : '';
}

function blockNames(shape: Shape): readonly string[] {
  const module = shapeAt(shape, ['modules', '']);
  if (module?.kind !== 'struct') return [];
  return [...module.properties].filter(([, property]) => property.kind === 'struct').map(([name]) => name);
}

function valueAt(root: unknown, path: readonly PathStep[]): unknown {
  return path.reduce((value: unknown, step) => (isContainer(value) ? ownValue(value, step) : undefined), root);
}

/** Returns the shape at the end of a path, or undefined if there is none. */
export function shapeAt(root: Shape, path: readonly PathStep[]): Shape | undefined {
  let shape: Shape | undefined = root;
  for (const step of path) {
    if (shape?.kind === 'struct') shape = shape.properties.get(String(step));
    else if (shape?.kind === 'map') shape = shape.values;
    else if (shape?.kind === 'list') shape = shape.items;
    else return undefined;
  }
  return shape;
}
