import { openConfig, startService } from '../app/prober-service.js';
import type { OpenedConfig, ProberService } from '../app/prober-service.js';
import { serviceLog } from '../app/service-log.js';
import type { ServeOptions } from '../server/serve-options.js';
import type { ServiceLog } from '../server/service-log.js';
import type { ConfigSource } from '../server/config-source.js';
import { askedToStop } from './asked-to-stop.js';
import { checkFiles } from './check.js';
import { FlagValues } from './flag-values.js';
import { UsageError } from './flag-definition.js';
import type { Command } from './command.js';
import { readServeOptions, SERVE_FLAGS } from './serve-flags.js';
import type { Shell } from './shell.js';

export const serveCommand: Command = {
  name: 'serve',
  usage: '[<flags>]',
  about:
    'Probe endpoints from the outside and answer Prometheus: a drop-in replacement for blackbox_exporter. This is what sonde does when no command is named.',
  flags: SERVE_FLAGS,
  prepare: (flags) => {
    const [extra] = flags.operands;
    if (extra !== undefined) throw new UsageError(`unexpected ${extra}`);
    const options = readServeOptions(flags);
    const isCheck = new FlagValues(flags).isOn('config.check');
    return (shell) => (isCheck ? checkFiles(options.configFiles, shell) : serve(options, shell));
  },
};

async function serve(options: ServeOptions, shell: Shell): Promise<number> {
  const log = serviceLog(options.logLevel, options.logFormat, shell);
  greet(log, options, shell);
  const opened = await load(options, shell, log);
  if (opened === undefined) return 1;
  const app = await listen(opened.config, { options, shell, log });
  if (app === undefined) return 1;
  shell.onBug(app.reportBug);
  opened.warmUp().catch(app.reportBug);
  shell.onSignal('SIGHUP', () => {
    void app.reload();
  });
  await askedToStop([app], { log: app.log, shell });
  return 0;
}

function greet(log: ServiceLog, { unknownProbeLogLevel }: ServeOptions, { build }: Shell): void {
  if (unknownProbeLogLevel !== undefined) {
    const err = `unrecognized log level ${unknownProbeLogLevel}`;
    log.warn('Error setting log prober level, log prober level unchanged', { err, current_level: 'info' });
  }
  const { version, branch, revision, nodeVersion, goos, goarch } = build;
  log.info('Starting sonde', { version: `(version=${version}, branch=${branch}, revision=${revision})` });
  log.info(`(node=${nodeVersion}, platform=${goos}/${goarch})`);
}

async function load(options: ServeOptions, shell: Shell, log: ServiceLog): Promise<OpenedConfig | undefined> {
  try {
    const opened = await openConfig(options.configFiles, shell, log);
    log.info('Loaded config file');
    return opened;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    log.error('Error loading config', { err: error.message });
    return undefined;
  }
}

async function listen(
  config: ConfigSource,
  { options, shell, log }: { options: ServeOptions; shell: Shell; log: ServiceLog },
): Promise<ProberService | undefined> {
  try {
    return await startService(config, options, shell);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    log.error('Error starting HTTP server', { err: error.message });
    return undefined;
  }
}
