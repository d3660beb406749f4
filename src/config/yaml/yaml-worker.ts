import { parentPort, workerData } from 'node:worker_threads';
import { packTree } from './packed-tree.js';
import { parseJson } from './parse-json.js';
import { type ParsedYaml, parseYaml } from './parse-yaml.js';
import type { YamlOrder, YamlReply } from './read-yaml.js';

/** A thread that parses the text that it was started with, and ends. */
const parsed = parse(workerData as YamlOrder);
const reply: YamlReply = parsed.kind === 'document' ? { kind: 'document', tree: packTree(parsed.root) } : parsed;
parentPort?.postMessage(reply, reply.kind === 'document' ? [reply.tree.numbers.buffer] : []);

function parse({ text, deepestJson }: YamlOrder): ParsedYaml {
  if (deepestJson === undefined) return parseYaml(text);
  const root = parseJson(text, deepestJson);
  return root === undefined ? { kind: 'empty' } : { kind: 'document', root };
}
