import { Worker } from 'node:worker_threads';
import { asError } from '../../values/as-error.js';
import { inSlices } from '../../values/in-slices.js';
import { type PackedTree, unpackTree } from './packed-tree.js';
import { type ParsedYaml, parseYaml } from './parse-yaml.js';

/** What comes back from the thread. */
export type YamlReply =
  Exclude<ParsedYaml, { readonly kind: 'document' }> | { readonly kind: 'document'; readonly tree: PackedTree };

/**
 * A text as long as that is parsed in place, in characters. All short values, it takes 4 ms; the start of a thread
 * takes thirty, though of nobody's time but its own.
 */
const LONGEST_IN_PLACE = 6 * 1024;

/** What the thread may take, in MiB: the longest text takes half of it if all of it is short values. */
const MOST_MIB = 1024;

/**
 * Does what parseYaml does and leaves the event loop to others meanwhile: a text that is not short is parsed in a
 * thread of its own, which ends with it, since the parser cannot be interrupted.
 */
export async function readYaml(text: string): Promise<ParsedYaml> {
  if (text.length <= LONGEST_IN_PLACE) return parseYaml(text);
  const reply = await parsedElsewhere(text);
  return reply.kind === 'document' ? { kind: 'document', root: await inSlices(unpackTree(reply.tree)) } : reply;
}

function parsedElsewhere(text: string): Promise<YamlReply> {
  const worker = new Worker(new URL('./yaml-worker-start.js', import.meta.url), {
    workerData: text,
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
