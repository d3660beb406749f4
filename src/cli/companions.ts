import type { ParsedFlags } from '../flags/flag-definition.js';
import type { ServiceLog } from '../log/service-log.js';
import { NODE_COMMAND_FLAGS, readNodeOptions } from '../services/node/node-flags.js';
import { startNodeService } from '../services/node/node-service.js';
import type { Platform } from '../services/platform.js';
import { startPushgateway } from '../services/pushgateway/push-service.js';
import { PUSHGATEWAY_FLAGS, readPushgatewayOptions } from '../services/pushgateway/pushgateway-flags.js';
import type { RunningService } from '../services/running-service.js';
import type { StopSignals } from './asked-to-stop.js';
import { type Companion, flagsOfCompanion } from './companion-flags.js';
import type { Shell } from './shell.js';
import { sayStartFailure } from './start-failure.js';

/** A service beside the prober that has begun. */
export interface RunningCompanion extends RunningService {
  /** Resolves when somebody ended it from outside; absent where nobody can. */
  readonly quit?: Promise<void>;
}

/** A companion that the command line asks for, its flags read. */
export interface WantedCompanion {
  readonly name: string;
  readonly what: string;
  readonly start: (platform: Platform) => Promise<RunningCompanion>;
}

interface StartableCompanion extends Companion {
  /** Where it listens if the prober's command is to run everything. */
  readonly standardAddress: string;
  /** Reads the values; throws UsageError. */
  readonly prepare: (flags: ParsedFlags) => WantedCompanion['start'];
}

/** Every service that can run in the prober's process. */
export const COMPANIONS: readonly StartableCompanion[] = [
  {
    name: 'pushgateway',
    what: 'the pushgateway',
    flags: PUSHGATEWAY_FLAGS,
    standardAddress: ':9091',
    prepare: (flags) => {
      const options = readPushgatewayOptions(flags);
      return (platform) => startPushgateway(options, platform);
    },
  },
  {
    name: 'node',
    what: 'node metrics',
    flags: NODE_COMMAND_FLAGS,
    standardAddress: ':9100',
    prepare: (flags) => {
      const options = readNodeOptions(flags);
      return (platform) => startNodeService(options, platform);
    },
  },
];

/** The companions that a command line asks for: those with an address, or, where all are `expected`, those whose address is not "". Throws UsageError. */
export function wantedCompanions(flags: ParsedFlags, { expected }: { expected: boolean }): readonly WantedCompanion[] {
  return COMPANIONS.flatMap((companion) => {
    const own = flagsOfCompanion(flags, companion, expected ? companion.standardAddress : '');
    return own === undefined ? [] : [{ name: companion.name, what: companion.what, start: companion.prepare(own) }];
  });
}

/**
 * Starts all of them, or none: undefined, said in the log, if one cannot start. When a signal comes meanwhile it resolves at once to those that run; the
 * one that is still starting has taken nothing in yet, and is stopped as soon as it can be, or ends with the process.
 */
export async function startCompanions(
  wanted: readonly WantedCompanion[],
  { shell, log, signals }: { readonly shell: Shell; readonly log: ServiceLog; readonly signals: StopSignals },
): Promise<readonly RunningCompanion[] | undefined> {
  const running: RunningCompanion[] = [];
  for (const { name, what, start } of wanted) {
    if (signals.isAsked()) return running;
    const starting = start(shell);
    try {
      const started = await Promise.race([starting, signals.asked]);
      if (started === undefined) {
        void starting.then((service) => service.stop(0));
        return running;
      }
      running.push(started);
    } catch (error) {
      sayStartFailure(error, { log, shell, message: `Error starting ${what}`, web: name });
      await Promise.all(running.map((service) => service.stop(0)));
      return undefined;
    }
  }
  return running;
}
