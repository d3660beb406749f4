import { logBug } from '../../http/answers/answer-failure.js';
import type { ServiceLog } from '../../log/service-log.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import type { ConfigSource } from './config-source.js';
import type { TargetStore } from './discovery/target-store.js';
import type { ServiceGauges } from './prober-metrics.js';
import type { ProberOptions } from './prober-options.js';
import type { RunOptions } from './run-request.js';
import { buildSchedule, type ResultSink, type ScheduleService } from './schedule/schedule-service.js';

/** The dependencies of a prober service's schedule. */
export interface ScheduleDeps extends Pick<RunOptions, 'history' | 'inFlight' | 'admission' | 'metrics' | 'runProbe'> {
  readonly config: ConfigSource;
  readonly options: ProberOptions;
  readonly platform: Platform;
  readonly log: ServiceLog;
  readonly remoteWrite: ResultSink | undefined;
}

/** The targets files and the schedule of a prober service. */
export function scheduleOf({ config, options, platform, log, remoteWrite, ...run }: ScheduleDeps): ScheduleService {
  return buildSchedule({
    ...{ ...run, log },
    clock: platform.clock,
    probeLog: serviceLog(options.probeLogLevel, options.logFormat, platform),
    targetFiles: options.targetFiles,
    options: options.schedule,
    modules: () => config.current().modules,
    sink: remoteWrite,
    onError: (error) => {
      logBug(error, { log, metrics: run.metrics });
    },
  });
}

/** Facts about targets files for the service's metrics; undefined if there are none. */
export function targetFacts(store: TargetStore): ReturnType<ServiceGauges['targets']> {
  return store.isUsed ? { count: store.targets.length, files: store.files } : undefined;
}
