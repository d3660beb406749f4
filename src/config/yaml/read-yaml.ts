import { Worker } from 'node:worker_threads';
import { asError } from '../../values/as-error.js';
import { inSlices } from '../../values/in-slices.js';
import { type PackedTree, unpackTree } from './packed-tree.js';
import { parseJson } from './parse-json.js';
import { type ParsedYaml, parseYaml } from './parse-yaml.js';
import type { YamlNode } from './yaml-node.js';

/** The input of the parser thread. */
export interface YamlOrder {
  readonly text: string;
  /**
   * The text is read as JSON of at most this depth, and the result is undefined if it is not JSON; as YAML if absent.
   */
  readonly deepestJson?: number;
}

/** The output of the parser thread. */
export type YamlReply =
  Exclude<ParsedYaml, { readonly kind: 'document' }> | { readonly kind: 'document'; readonly tree: PackedTree };

/**
 * The longest text that is parsed in this thread, in characters. If all of it is short values, that takes 4 ms.
 * Starting a thread takes 30 ms, but does not block this one.
 */
const LONGEST_IN_PLACE = 6 * 1024;

/** The heap limit of the parser thread, in MiB. The longest text needs half of it if all of it is short values. */
const MOST_MIB = 1024;

/**
 * Parses like parseYaml, but does not block the event loop: a long text is parsed in a thread of its own, because the
 * parser cannot be interrupted. The thread ends after the text.
 */
export async function readYaml(text: string): Promise<ParsedYaml> {
  if (text.length <= LONGEST_IN_PLACE) return parseYaml(text);
  return parsedElsewhere({ text });
}

/** Reads JSON like parseJson, long texts in a thread. */
export async function readJson(text: string, deepest: number): Promise<YamlNode | undefined> {
  if (text.length <= LONGEST_IN_PLACE) return parseJson(text, deepest);
  const parsed = await parsedElsewhere({ text, deepestJson: deepest });
  return parsed.kind === 'document' ? parsed.root : undefined;
}

async function parsedElsewhere(order: YamlOrder): Promise<ParsedYaml> {
  const reply = await replyFromThread(order);
  return reply.kind === 'document' ? { kind: 'document', root: await inSlices(unpackTree(reply.tree)) } : reply;
}

function replyFromThread(order: YamlOrder): Promise<YamlReply> {
  const worker = new Worker(new URL('./yaml-worker-start.js', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MIB },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error: unknown) => {
      if (isOutOfMemory(error)) resolve(malformed(`parsing it takes more than ${MOST_MIB} MiB; split the file`));
      else reject(asError(error));
    });
    worker.once('exit', () => {
      reject(new Error('The thread that parses YAML ended without an answer'));
    });
  });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function malformed(message: string): YamlReply {
  return { kind: 'malformed', problem: { path: [], message } };
}
