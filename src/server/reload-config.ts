import type { ConfigSource, RunningConfig } from './config-source.js';
import type { ServiceLog } from './service-log.js';

/** Reads the configuration again and says in the log how that went, in upstream's words; resolves to what is wrong with it, undefined if it is now in force. */
export async function reloadConfig(config: ConfigSource, log: ServiceLog): Promise<string | undefined> {
  let outcome: 'changed' | 'unchanged';
  try {
    outcome = await config.reload();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.error('Error reloading config', { err: problem });
    return problem;
  }
  if (outcome === 'unchanged') {
    log.info('Configuration checksum check passed. No changes detected.');
  } else {
    log.info('Configuration file change detected, reloading the configuration.');
    logWarnings(config.current(), log);
  }
  log.info('Reloaded config file');
  return undefined;
}

/** Says what works in the configuration but should be looked at. */
export function logWarnings({ warnings }: RunningConfig, log: ServiceLog): void {
  for (const { message, fields } of warnings) log.warn(message, fields);
}
