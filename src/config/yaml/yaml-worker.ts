import { parentPort, workerData } from 'node:worker_threads';
import { packTree } from './packed-tree.js';
import { parseYaml } from './parse-yaml.js';
import type { YamlReply } from './read-yaml.js';

/** A thread that parses the text that it was started with, and ends. */
const parsed = parseYaml(workerData as string);
const reply: YamlReply = parsed.kind === 'document' ? { kind: 'document', tree: packTree(parsed.root) } : parsed;
parentPort?.postMessage(reply, reply.kind === 'document' ? [reply.tree.numbers.buffer] : []);
