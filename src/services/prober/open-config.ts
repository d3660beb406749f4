import { checkConfigFiles, type CheckedFile } from '../../config/check-config-files.js';
import { ConfigStore } from '../../config/config-store.js';
import type { ServiceLog } from '../../log/service-log.js';
import { buildProbers, type Readiness } from '../build-probers.js';
import type { Platform } from '../platform.js';
import type { ConfigSource } from './config-source.js';
import { brokenFiles, logFindings } from './reload-config.js';
import type { ProbeWorkers } from './workers/probe-workers.js';

/** The configuration, loaded for the first time, and how its probers are made ready. */
export interface OpenedConfig extends Readiness {
  readonly config: ConfigSource;
}

/** The problems of each configuration file. */
export function checkConfig(paths: readonly string[], platform: Platform): Promise<readonly CheckedFile[]> {
  return checkConfigFiles({ paths, probers: buildProbers(platform).probers, env: platform.env });
}

/**
 * Loads the configuration for the first time: files, folders and patterns. A broken file among sound ones is left out,
 * with an error in the log, so that the others can be probed. Throws an Error that says what is wrong if none can be
 * used.
 */
export async function openConfig(
  paths: readonly string[],
  {
    platform,
    log,
    workers,
  }: { readonly platform: Platform; readonly log: ServiceLog; readonly workers?: ProbeWorkers },
): Promise<OpenedConfig> {
  const { probers, warmUp, loadRest } = buildProbers(platform);
  const store = await ConfigStore.open({
    paths,
    probers,
    env: platform.env,
    clock: platform.clock,
    ...(workers && { beforeUse: (config) => workers.prepare(config) }),
  });
  for (const { file, problem } of brokenFiles(store)) {
    log.error('Error loading config file, going on without its modules', { file, err: problem });
  }
  logFindings(store.current(), log);
  return { config: store, warmUp, loadRest };
}
