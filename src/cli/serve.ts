import { type ParsedFlags, UsageError } from '../flags/flag-definition.js';
import { FlagValues } from '../flags/flag-values.js';
import type { ServiceLog } from '../log/service-log.js';
import { serviceLog } from '../services/make-service-log.js';
import type { ConfigSource } from '../services/prober/config-source.js';
import { PROBER_FLAGS, readProberOptions } from '../services/prober/prober-flags.js';
import type { ProberOptions } from '../services/prober/prober-options.js';
import { openConfig, type OpenedConfig, type ProberService, startProber } from '../services/prober/prober-service.js';
import { askedToStop, type StopSignals, watchStopSignals } from './asked-to-stop.js';
import { checkFiles } from './check.js';
import type { Action, Command } from './command.js';
import { companionFlags } from './companion-flags.js';
import {
  COMPANIONS,
  type RunningCompanion,
  startCompanions,
  type WantedCompanion,
  wantedCompanions,
} from './companions.js';
import type { Shell } from './shell.js';
import { sayStartFailure } from './start-failure.js';

/** How long requests that are being answered may go on once the pushgateway beside was told to quit, in seconds. */
const QUIT_GRACE_SECONDS = 10;

/** The flags of the prober, and those of what can run beside it. */
const FLAGS = [...PROBER_FLAGS, ...COMPANIONS.flatMap(companionFlags)];

export const serveCommand: Command = {
  name: 'serve',
  usage: '[<flags>]',
  about:
    'Probe endpoints from the outside and answer Prometheus: a drop-in replacement for blackbox_exporter. This is what sonde does when no command is named.',
  flags: FLAGS,
  prepare: (flags) => prepare(flags, wantedCompanions(flags, { expected: false })),
};

export const allCommand: Command = {
  name: 'all',
  usage: '[<flags>]',
  about:
    'Serve like `sonde serve`, with the pushgateway (:9091) and node metrics (:9100) in the same process unless their addresses are given otherwise, or as "".',
  flags: FLAGS,
  prepare: (flags) => prepare(flags, wantedCompanions(flags, { expected: true })),
};

function prepare(flags: ParsedFlags, companions: readonly WantedCompanion[]): Action {
  const [extra] = flags.operands;
  if (extra !== undefined) throw new UsageError(`unexpected ${extra}`);
  const options = readProberOptions(flags);
  const isCheck = new FlagValues(flags).isOn('config.check');
  return (shell) => (isCheck ? checkFiles(options.configFiles, shell) : serve(options, { companions, shell }));
}

async function serve(
  options: ProberOptions,
  { companions, shell }: { readonly companions: readonly WantedCompanion[]; readonly shell: Shell },
): Promise<number> {
  const log = serviceLog(options.logLevel, options.logFormat, shell);
  greet(log, options, shell);
  const opened = await load(options, shell, log);
  if (opened === undefined) return 1;
  const modules = [...opened.config.current().modules.values()];
  const wanted = new Set(modules.map(({ prober }) => prober));
  await opened.warmUp(wanted);
  await opened.loadRest(wanted);
  const signals = watchStopSignals({ log, shell });
  const app = await listen(opened.config, { options, shell, log });
  if (app === undefined) return 1;
  shell.onBug(app.reportBug);
  shell.onSignal('SIGHUP', () => {
    void app.reload();
  });
  const beside = await startCompanions(companions, { shell, log, signals });
  if (beside === undefined) {
    await app.stop(0);
    return 1;
  }
  await endOf([app, ...beside], signals);
  return 0;
}

/** Resolves when all have stopped, because of a signal or because one of them was ended over HTTP. */
async function endOf(services: readonly (ProberService | RunningCompanion)[], signals: StopSignals): Promise<void> {
  const stopped = askedToStop(services, signals);
  const quits = services.flatMap((service) => ('quit' in service ? [service.quit] : []));
  if (quits.length === 0) return stopped;
  const quit = Promise.race(quits).then(async () => {
    await Promise.all(services.map((service) => service.stop(QUIT_GRACE_SECONDS)));
  });
  await Promise.race([stopped, quit]);
}

function greet(log: ServiceLog, { unknownProbeLogLevel }: ProberOptions, { build }: Shell): void {
  if (unknownProbeLogLevel !== undefined) {
    const err = `unrecognized log level ${unknownProbeLogLevel}`;
    log.warn('Error setting log prober level, log prober level unchanged', { err, current_level: 'info' });
  }
  const { version, branch, revision, nodeVersion, goos, goarch } = build;
  log.info('Starting sonde', { version: `(version=${version}, branch=${branch}, revision=${revision})` });
  log.info(`(node=${nodeVersion}, platform=${goos}/${goarch})`);
}

async function load(options: ProberOptions, shell: Shell, log: ServiceLog): Promise<OpenedConfig | undefined> {
  try {
    const opened = await openConfig(options.configFiles, shell, log);
    log.info('Loaded config file');
    return opened;
  } catch (error) {
    sayStartFailure(error, { log, shell, message: 'Error loading config' });
    return undefined;
  }
}

async function listen(
  config: ConfigSource,
  { options, shell, log }: { options: ProberOptions; shell: Shell; log: ServiceLog },
): Promise<ProberService | undefined> {
  try {
    return await startProber(config, options, shell);
  } catch (error) {
    sayStartFailure(error, { log, shell, message: 'Error starting HTTP server' });
    return undefined;
  }
}
