import { setImmediate } from 'node:timers/promises';
import { type ParsedFlags, UsageError } from '../flags/flag-definition.js';
import type { ServiceLog } from '../log/service-log.js';
import { serviceLog } from '../services/make-service-log.js';
import type { RunningService } from '../services/running-service.js';
import { askedToStop, GRACE_SECONDS, type StopSignals, watchStopSignals } from './asked-to-stop.js';
import type { Command } from './command.js';
import { companionFlags, flagsOfCompanion } from './companion-flags.js';
import { COMPANIONS, EXPORTERS, type PreparedService, type ServiceRow, SERVICES } from './services.js';
import type { Shell } from './shell.js';
import { sayStartFailure } from './start-failure.js';

/** `sonde serve`: the prober, and the companions that have an address. */
export const serveCommand: Command = commandOf(SERVICES.prober, { companions: 'asked for' });

/** `sonde all`: the prober and all companions but those whose address is "". */
export const allCommand: Command = {
  ...commandOf(SERVICES.prober, { companions: 'expected' }),
  name: 'all',
  about:
    'Serve like `sonde serve`, with the pushgateway (:9091) and node metrics (:9100) in the same process unless their addresses are given otherwise, or as "".',
};

/** `sonde pushgateway` */
export const pushgatewayCommand: Command = commandOf(SERVICES.pushgateway, { companions: 'none' });

/** `sonde node` */
export const nodeCommand: Command = commandOf(SERVICES.node, { companions: 'none' });

/** `sonde redis`, `sonde postgres` and the like. */
export const exporterCommands: readonly Command[] = EXPORTERS.map((row) => commandOf(row, { companions: 'none' }));

/** A service to start, and the flags that its web flags are in a process with others. */
interface Start {
  readonly row: ServiceRow;
  readonly prepared: PreparedService;
  /** The prefix of its `--web.*` flags: `web`, or the service's name for a companion, as in `--node.listen-address`. */
  readonly web: string;
}

function commandOf(
  row: ServiceRow,
  { companions }: { readonly companions: 'none' | 'asked for' | 'expected' },
): Command {
  const { name, about } = row;
  const flags = [
    ...row.flags,
    ...(row.flagsAlone ?? []),
    ...(companions === 'none' ? [] : COMPANIONS.flatMap(companionFlags)),
  ];
  return {
    name,
    usage: '[<flags>]',
    about,
    flags,
    isService: true,
    ...(row.takesGoArguments && { takesGoArguments: true }),
    prepare: (parsed) => {
      const beside = companions === 'none' ? [] : companionsOf(parsed, companions === 'expected');
      const [extra] = parsed.operands;
      if (extra !== undefined) throw new UsageError(`unexpected ${extra}`);
      const prepared = row.prepare(parsed);
      return prepared.instead ?? ((shell) => run([{ row, prepared, web: 'web' }, ...beside], shell));
    },
  };
}

/** The companions that have an address; where all are `expected`, those whose address is not "". Throws UsageError. */
function companionsOf(flags: ParsedFlags, expected: boolean): readonly Start[] {
  return COMPANIONS.flatMap((row) => {
    const own = flagsOfCompanion(flags, row, expected ? row.standardAddress : '');
    return own === undefined ? [] : [{ row, prepared: row.prepare(own), web: row.name }];
  });
}

/**
 * Starts all services, or none, and runs them until they are told to stop; resolves to the exit code. The log is the
 * first one's. A signal that comes while one of them starts stops those that run.
 */
async function run(starts: readonly [Start, ...Start[]], shell: Shell): Promise<number> {
  const [{ row, prepared }] = starts;
  const log = serviceLog(prepared.logLevel, prepared.logFormat, shell);
  prepared.warn?.(log);
  greet(log, row, shell);
  const signals = watchStopSignals({ log, shell });
  const running: RunningService[] = [];
  for (const start of starts) {
    if (signals.isAsked()) break;
    const service = await startOne(start, { log, shell, signals });
    if (service === 'failed') {
      await Promise.all(running.map((other) => other.stop(0)));
      return 1;
    }
    if (service === undefined) break;
    if (running.length === 0) listenToShell(service, { shell, signals });
    running.push(service);
  }
  introduce(running);
  void Promise.all(running.flatMap(({ warm }) => warm ?? [])).then(shell.sayStarted);
  await endOf(running, signals);
  return 0;
}

/** Pages of each service lead to those of the others. */
function introduce(services: readonly RunningService[]): void {
  for (const service of services) {
    const others = services.filter((other) => other !== service);
    service.showCompanions(others.flatMap(({ asCompanion }) => asCompanion ?? []));
  }
}

function greet(log: ServiceLog, { title }: ServiceRow, { build }: Shell): void {
  const { version, branch, revision, nodeVersion, goos, goarch } = build;
  log.info(`Starting ${title}`, { version: `(version=${version}, branch=${branch}, revision=${revision})` });
  log.info(`(node=${nodeVersion}, platform=${goos}/${goarch})`);
}

/**
 * Starts one service; says in the log why it cannot start. Resolves to undefined when a signal comes first: the service
 * has taken nothing in yet, and is stopped as soon as it can be, or ends with the process.
 */
async function startOne(
  { row, prepared, web }: Start,
  { log, shell, signals }: { readonly log: ServiceLog; readonly shell: Shell; readonly signals: StopSignals },
): Promise<RunningService | 'failed' | undefined> {
  const starting = prepared.start(shell, log);
  try {
    // A service that listens already is about to be returned: it is stopped like the others.
    const service = await Promise.race([starting, signals.asked.then(() => setImmediate(undefined))]);
    if (service === undefined) starting.then((late) => late.stop(0)).catch(() => undefined);
    return service;
  } catch (error) {
    sayStartFailure(error, { log, shell, message: row.failure, web });
    return 'failed';
  }
}

/**
 * SIGHUP reloads. It ends no service, not even one that has nothing to read again: Node does not pass on that nohup has
 * had it ignored. A service that stops reads nothing again.
 */
function listenToShell(
  { reportBug, reload }: RunningService,
  { shell, signals }: { readonly shell: Shell; readonly signals: StopSignals },
): void {
  shell.onBug(reportBug);
  shell.onSignal('SIGHUP', () => {
    if (!signals.isAsked()) void reload?.();
  });
}

/** Resolves when all have stopped, because of a signal or because one of them was ended over HTTP. */
async function endOf(services: readonly RunningService[], signals: StopSignals): Promise<void> {
  const stopped = askedToStop(services, signals);
  const quits = services.flatMap(({ quit }) => (quit === undefined ? [] : [quit]));
  if (quits.length === 0) return stopped;
  const quit = Promise.race(quits).then(async () => {
    await Promise.all(services.map((service) => service.stop(GRACE_SECONDS)));
  });
  await Promise.race([stopped, quit]);
}
