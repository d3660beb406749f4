import type { ProbeContext, ProbeRequest } from '../../probe/prober.js';
import { ConfigError } from '../../values/config-error.js';
import { type KeyName, type KeyOptions, readKeyName } from './redis-key-options.js';
import type { RedisOptions } from './redis-options.js';

/** The parameters of redis_exporter's /scrape that name keys, and the options that they stand for. */
const PARAMETERS = [
  ['check-keys', 'keys'],
  ['check-single-keys', 'singleKeys'],
  ['count-keys', 'counted'],
  ['check-streams', 'streams'],
  ['check-single-streams', 'singleStreams'],
] as const;

/** Names in one parameter; a module may have as many. */
const MOST_NAMES = 1000;

/** The text of a 400 answer to a request that names keys in a form that is none; undefined if nothing is wrong. */
export function refuseKeyParams(request: ProbeRequest, { keysByParameters }: RedisOptions): string | undefined {
  if (!keysByParameters) return undefined;
  for (const [name] of PARAMETERS) {
    try {
      namesIn(request, name);
    } catch (error) {
      if (error instanceof ConfigError) return `Invalid parameter ${name}: ${error.message}`;
      throw error;
    }
  }
  return undefined;
}

/** The keys to look at: those of the request where it may and does name some, else those of the module. */
export function keysOfParams(request: ProbeRequest, { keysByParameters, asked: { keys } }: RedisOptions): KeyOptions {
  if (!keysByParameters || request.params === undefined) return keys;
  const given = PARAMETERS.map(([name, option]) => [option, namesIn(request, name)] as const);
  return { ...keys, ...Object.fromEntries(given.filter(([, names]) => names.length > 0)) };
}

/** Logs that parameters are not served, once for a module as long as it is in force: every scrape may have them. */
export function ignoredKeyParams(
  request: ProbeRequest,
  { keysByParameters, told }: RedisOptions,
  log: ProbeContext['log'],
): void {
  if (keysByParameters || told.ofParameters || request.params === undefined) return;
  const given = PARAMETERS.map(([name]) => name).filter((name) => (request.params?.get(name) ?? '') !== '');
  if (given.length === 0) return;
  told.ofParameters = true;
  log.info('Parameters that name keys are not served: the module does not allow it', { parameters: given.join(' ') });
}

function namesIn({ params }: ProbeRequest, name: string): readonly KeyName[] {
  const texts = (params?.get(name) ?? '').split(',', MOST_NAMES + 1).filter((text) => text.trim() !== '');
  if (texts.length > MOST_NAMES) throw new ConfigError(`more than ${MOST_NAMES} keys`, []);
  return texts.map((text) => readKeyName(text, []));
}
