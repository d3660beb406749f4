import { createHash } from 'node:crypto';
import { formatProblems, lineFinder } from '../../../config/config-problem.js';
import { readYaml } from '../../../config/yaml/read-yaml.js';
import type { YamlNode } from '../../../config/yaml/yaml-node.js';
import { readTextFile } from '../../../files/file-text.js';
import { inSlices } from '../../../values/in-slices.js';

/** The custom queries of a file, in the form of the module's `queries`. */
export interface QueriesFile {
  readonly queries: Readonly<Record<string, unknown>>;
  /** SHA-256 of the file in hexadecimal digits. */
  readonly hash: string;
  /** The names of columns that are labels. */
  readonly labels: ReadonlySet<string>;
}

const LARGEST_FILE_BYTES = 1024 * 1024;
const MOST_NODES = 50_000;

/** Reads postgres_exporter's file of custom queries. Rejects with a FileProblem, or an Error with what is wrong. */
export async function readQueriesFile(path: string): Promise<QueriesFile> {
  const text = await readTextFile(path, LARGEST_FILE_BYTES);
  const parsed = await readYaml(text);
  const hash = createHash('sha256').update(text).digest('hex');
  if (parsed.kind === 'empty') return { queries: {}, hash, labels: new Set() };
  if (parsed.kind === 'malformed') {
    const lineAt = await inSlices(lineFinder(text));
    throw new Error((await inSlices(formatProblems([parsed.problem], path, lineAt))).join('\n'));
  }
  if (parsed.root.kind !== 'mapping') throw new Error(`${path}: this must be a mapping of names to queries`);
  const reading: Reading = { path, nodes: 0, labels: new Set() };
  return { queries: mappingOf(parsed.root, reading), hash, labels: reading.labels };
}

/** What was read so far: aliases can make a small file large. */
interface Reading {
  readonly path: string;
  nodes: number;
  readonly labels: Set<string>;
}

function valueOf(node: YamlNode, reading: Reading): unknown {
  if (++reading.nodes > MOST_NODES) throw new Error(`${reading.path}: there are more than ${MOST_NODES} values`);
  switch (node.kind) {
    case 'scalar':
      return node.plain ? plainOf(node.text) : node.text;
    case 'sequence':
      return node.items.map((item) => valueOf(item, reading));
    case 'mapping':
      return mappingOf(node, reading);
  }
}

function mappingOf(
  { pairs }: YamlNode & { readonly kind: 'mapping' },
  reading: Reading,
): Readonly<Record<string, unknown>> {
  const entries = new Map<string, unknown>();
  for (const { key, value } of pairs) {
    if (key.kind !== 'scalar') throw new Error(`${reading.path}: a key must be a text`);
    if (entries.has(key.text)) throw new Error(`${reading.path}: the key ${JSON.stringify(key.text)} is there twice`);
    const read = valueOf(value, reading);
    if (typeof read === 'object' && read !== null && 'usage' in read && read.usage === 'LABEL') {
      reading.labels.add(key.text);
    }
    entries.set(key.text, read);
  }
  return Object.fromEntries(entries);
}

/** A text without quotes may be no text. The schema says what each key takes. */
function plainOf(text: string): unknown {
  if (['', '~', 'null', 'Null', 'NULL'].includes(text)) return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}
