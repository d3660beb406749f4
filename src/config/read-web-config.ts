import validate from '../../schemas/validate-web.cjs';
import type { RawWebConfig } from '../values/raw-web-config.js';
import type { ConfigProblem } from './config-problem.js';
import { readDocument } from './read-document.js';
import { WEB_BLOCKS, webRules } from './rules/web-rules.js';
import { fillDefaults } from './schema/fill-defaults.js';
import type { Finding } from './schema/finding.js';
import { readShape } from './schema/shape.js';
import { compileWebConfig, type WebConfig } from './web-config.js';

/** A web config file whose keys are valid. The files that it names have not been read. */
export interface ReadWebConfig {
  readonly config: WebConfig;
  /** Finds the place in the file of a mistake that is found later. */
  readonly locate: (finding: Finding) => ConfigProblem;
}

const SHAPE = readShape('web.schema.json');

/**
 * Reads and checks a web config file; files that it names are relative to `directory`. Returns the configuration, or
 * everything that is wrong with it. An empty file is valid.
 */
export async function readWebConfig(
  text: string,
  directory: string,
): Promise<ReadWebConfig | { readonly problems: readonly ConfigProblem[] }> {
  const document = await readDocument(text, { shape: SHAPE, validate });
  if (document.kind === 'unusable') return document;
  const value = document.kind === 'empty' ? {} : document.value;
  const locate = document.kind === 'empty' ? nowhere : document.locate;
  const single = document.kind === 'empty' ? [] : document.problems;
  // Values of a wrong type have been reported by the schema, and rules only look at blocks whose keys are all valid.
  const raw = fillDefaults(value, SHAPE) as RawWebConfig;
  const sound = WEB_BLOCKS.filter((block) => !single.some(({ path }) => path.length === 0 || path[0] === block));
  const problems = [...single, ...sound.flatMap((block) => [...webRules(raw, block)].map(locate))];
  return problems.length > 0 ? { problems } : { config: compileWebConfig(raw, directory), locate };
}

function nowhere({ path, message }: Finding): ConfigProblem {
  return { path, message };
}
