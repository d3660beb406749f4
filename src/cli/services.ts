import type { FlagDefinition, ParsedFlags } from '../flags/flag-definition.js';
import { FlagValues } from '../flags/flag-values.js';
import type { LogFormat } from '../log/log-format.js';
import type { ServiceLog } from '../log/service-log.js';
import type { LogLevel } from '../probe/probe-log.js';
import { ALL_EXPORTERS } from '../services/exporters/all-exporters.js';
import { exporterFlags, readExporterOptions } from '../services/exporters/exporter-flags.js';
import type { ServerExporter } from '../services/exporters/server-exporter.js';
import { NODE_COMMAND_FLAGS, readNodeOptions } from '../services/node/node-flags.js';
import type { Platform } from '../services/platform.js';
import { PROBER_FLAGS, readProberOptions } from '../services/prober/prober-flags.js';
import type { ProberOptions } from '../services/prober/prober-options.js';
import type { ProbeWorkers } from '../services/prober/workers/probe-workers.js';
import type { PushgatewayOptions } from '../services/pushgateway/push-options.js';
import {
  IMPORT_FLAG,
  importedFile,
  PUSHGATEWAY_FLAGS,
  readPushgatewayOptions,
} from '../services/pushgateway/pushgateway-flags.js';
import type { RunningService } from '../services/running-service.js';
import type { CancelTimer, Clock } from '../values/clock.js';
import type { Action } from './command.js';
import type { Companion } from './companion-flags.js';
import type { Shell } from './shell.js';
import { inStep } from './start-failure.js';

// A service is imported when it is started, and not before: the others would take time and memory for nothing.

/** One service that `sonde` can run. */
export interface ServiceRow extends Companion {
  /** The name of the service in the log line of its start. */
  readonly title: string;
  /** The text for the help page of its command. */
  readonly about: string;
  /** Further flags of its own command, which it does not have as a companion. */
  readonly flagsAlone?: readonly FlagDefinition[];
  /** Whether its flags may be written as Go's package `flag` takes them. */
  readonly takesGoArguments?: true;
  /** The default address of the service. */
  readonly standardAddress: string;
  /** The log message if the service cannot start. */
  readonly failure: string;
  /** Reads the values of the flags; throws UsageError. Nothing has happened until the service is started. */
  readonly prepare: (flags: ParsedFlags) => PreparedService;
}

/** A service whose flags have been read. */
export interface PreparedService {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Logs what is odd about the flags. */
  readonly warn?: (log: ServiceLog) => void;
  /** The action that the flags ask for instead of the service, such as a check of the configuration. */
  readonly instead?: Action;
  /** Throws an Error for which `sayStartFailure` has the words. */
  readonly start: (platform: Platform, log: ServiceLog) => Promise<RunningService>;
}

const PROBER: ServiceRow = {
  name: 'serve',
  what: 'the prober',
  title: 'sonde',
  about:
    'Probe endpoints from the outside and answer Prometheus: a drop-in replacement for blackbox_exporter. This is what sonde does when no command is named.',
  flags: PROBER_FLAGS,
  standardAddress: ':9115',
  failure: 'Error starting HTTP server',
  prepare: (flags) => {
    const options = readProberOptions(flags);
    const isCheck = new FlagValues(flags).isOn('config.check');
    return {
      ...options,
      warn: (log) => {
        warnOfLogLevel(options, log);
      },
      ...(isCheck && { instead: (shell) => checkInstead(options, shell) }),
      start: (platform, log) => loadAndStart(options, platform, log),
    };
  },
};

const PUSHGATEWAY: ServiceRow = {
  name: 'pushgateway',
  what: 'the pushgateway',
  title: 'pushgateway',
  about:
    'Take in metrics of jobs that do not live long enough to be scraped, and show them to Prometheus: a drop-in replacement for the Pushgateway.',
  flags: PUSHGATEWAY_FLAGS,
  flagsAlone: [IMPORT_FLAG],
  standardAddress: ':9091',
  failure: 'Error starting the pushgateway',
  prepare: (flags) => {
    const options = readPushgatewayOptions(flags);
    const imported = importedFile(flags, options);
    return {
      ...options,
      ...(imported !== undefined && { instead: (shell) => importInstead(imported, options, shell) }),
      start: async (platform) => {
        const { startPushgateway } = await import('../services/pushgateway/push-service.js');
        return startPushgateway(options, platform);
      },
    };
  },
};

const NODE: ServiceRow = {
  name: 'node',
  what: 'node metrics',
  title: 'sonde node',
  about: 'Answer Prometheus with the metrics of this host: a drop-in replacement for node_exporter on Linux.',
  flags: NODE_COMMAND_FLAGS,
  standardAddress: ':9100',
  failure: 'Error starting node metrics',
  prepare: (flags) => {
    const options = readNodeOptions(flags);
    return {
      ...options,
      start: async (platform) => {
        const { startNode } = await import('../services/node/node-service.js');
        return startNode(options, platform);
      },
    };
  },
};

/** The row of a service that stands for the exporter of one kind of server. */
function exporterRow(exporter: ServerExporter): ServiceRow {
  const { name, what, about, standardAddress } = exporter;
  return {
    ...{ name, what, about, standardAddress },
    title: `sonde ${name}`,
    flags: exporterFlags(exporter),
    takesGoArguments: true,
    failure: `Error starting ${what}`,
    prepare: (flags) => {
      const options = readExporterOptions(exporter, flags);
      return {
        ...options,
        start: async (platform) => {
          const { startExporter } = await import('../services/exporters/exporter-service.js');
          return startExporter(options, platform);
        },
      };
    },
  };
}

/** The services that stand for the exporters of servers. They run in processes of their own. */
export const EXPORTERS: readonly ServiceRow[] = ALL_EXPORTERS.map(exporterRow);

/** The other services. Those but the prober can run in its process. */
export const SERVICES = { prober: PROBER, pushgateway: PUSHGATEWAY, node: NODE } as const;

/** The services that can run in the prober's process, with the flags that they have alone. */
export const COMPANIONS: readonly ServiceRow[] = [PUSHGATEWAY, NODE];

function warnOfLogLevel({ unknownProbeLogLevel }: ProberOptions, log: ServiceLog): void {
  if (unknownProbeLogLevel === undefined) return;
  const err = `unrecognized log level ${unknownProbeLogLevel}`;
  log.warn('Error setting log prober level, log prober level unchanged', { err, current_level: 'info' });
}

async function checkInstead({ configFiles, remoteWrite }: ProberOptions, shell: Shell): Promise<number> {
  const { checkFiles, checkRemoteWrite } = await import('./check-files.js');
  const files = remoteWrite?.source.kind === 'file' ? [remoteWrite.source.path] : [];
  return Math.max(await checkFiles(configFiles, shell), await checkRemoteWrite(files, shell, remoteWrite?.histograms));
}

async function importInstead(file: string, options: PushgatewayOptions, shell: Shell): Promise<number> {
  const { importFile } = await import('./import-file.js');
  return importFile(file, options, shell);
}

async function loadAndStart(options: ProberOptions, platform: Platform, log: ServiceLog): Promise<RunningService> {
  const [{ openConfig }, { startProber }, { HeldProbes }] = await Promise.all([
    import('../services/prober/open-config.js'),
    import('../services/prober/prober-service.js'),
    import('../services/prober/warm-up/held-probes.js'),
  ]);
  const workers = await workersOf(options, platform, log);
  const around = { platform, log, ...(workers && { workers }) };
  const opened = await inStep('Error loading config', () => openConfig(options.configFiles, around));
  log.info('Loaded config file');
  if (workers !== undefined) {
    await workers.start(opened.config.current());
    return startProber(opened.config, options, around);
  }
  const modules = [...opened.config.current().modules.values()];
  const wanted = new Set(modules.map(({ prober }) => prober));
  const held = new HeldProbes(platform.clock);
  const service = await startProber(opened.config, options, { ...around, runProbe: held.run });
  const warm = opened.warmUp(wanted).then(() => opened.loadRest(wanted));
  held.until(warm);
  const stop = async (graceSeconds: number): Promise<void> => {
    await service.stop(graceSeconds);
    await atMost(LONGEST_WARM_UP_SECONDS, warm, platform.clock);
  };
  return { ...service, warm, stop };
}

/**
 * The longest wait for the warm-up when the service stops, in seconds. A process that exits while it reads a file dies
 * by a signal.
 */
const LONGEST_WARM_UP_SECONDS = 1;

async function atMost(seconds: number, work: Promise<void>, clock: Clock): Promise<void> {
  let cancel: CancelTimer | undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(seconds, resolve);
  });
  await Promise.race([work, late]);
  cancel?.();
}

/** Undefined where the probes run in this process. */
async function workersOf(
  { workers: count }: ProberOptions,
  platform: Platform,
  log: ServiceLog,
): Promise<ProbeWorkers | undefined> {
  if (count === 1) return undefined;
  const { ProbeWorkers } = await import('../services/prober/workers/probe-workers.js');
  return new ProbeWorkers({ count, platform, log });
}
