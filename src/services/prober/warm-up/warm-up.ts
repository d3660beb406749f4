import { loadConfig } from '../../../config/load-config.js';
import { writeMetricSet } from '../../../metrics/write-text.js';
import { ProbeEnd } from '../../../probe/probe-abort.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import type { Prober } from '../../../probe/prober.js';
import { runProbe } from '../../../probe/run-probe.js';
import type { Clock } from '../../../values/clock.js';
import { showSocketOptions } from './socket-options.js';
import { targetOf, WARM_UP_CONFIG } from './warm-up-modules.js';
import { openWarmUpTargets, type WarmUpTargets } from './warm-up-targets.js';

/** The dependencies of the warm-up. */
export interface WarmUpParts {
  readonly clock: Clock;
  /** Reads what is read once, such as the files of the resolver. */
  readonly prepare: () => Promise<void>;
  /** The probers, with a resolver that asks the name server at this `address:port`. */
  readonly probersWith: (nameServer: string) => readonly Prober[];
  /** The names of the probers whose probes are to be warm. */
  readonly wanted: ReadonlySet<string>;
  /** The time limit of the whole warm-up in seconds; WARM_UP_SECONDS if absent. */
  readonly limitSeconds?: number;
}

/** The result of each module's last probe. Modules that were not probed in time have none. */
export type WarmUpVerdicts = ReadonlyMap<string, 'ok' | 'failed'>;

/** The time limit of the warm-up in seconds. The first real probes pay for the rest. */
const WARM_UP_SECONDS = 0.2;

/** How often each probe is run: the first compiles what the next one uses. */
const ROUNDS = 2;

/**
 * Runs discarded probes of each kind against the process itself, so that the first real one measures its target instead
 * of Node's loading and compiling. Leaves no trace in history, metrics and logs. Never rejects: where no port may be
 * opened there is just less to gain.
 */
export async function warmUp(parts: WarmUpParts): Promise<WarmUpVerdicts> {
  const { clock, limitSeconds = WARM_UP_SECONDS } = parts;
  const verdicts = new Map<string, 'ok' | 'failed'>();
  const late = new AbortController();
  const stopTimer = clock.after(limitSeconds, () => {
    late.abort();
  });
  try {
    await run(parts, { late: late.signal, verdicts });
  } catch {
    // The probe that needs it will report the error.
  }
  stopTimer();
  return verdicts;
}

interface Run {
  readonly late: AbortSignal;
  readonly verdicts: Map<string, 'ok' | 'failed'>;
}

async function run({ clock, prepare, probersWith, wanted }: WarmUpParts, { late, verdicts }: Run): Promise<void> {
  showSocketOptions();
  await prepare();
  const targets = await openWarmUpTargets();
  try {
    const probers = probersWith(`127.0.0.1:${targets.dnsPort}`);
    const { modules } = await loadConfig(WARM_UP_CONFIG, 'warm-up', probers);
    const chosen = [...modules.values()].filter(({ prober }) => wanted.has(prober));
    // One after the other, so that nothing goes on once the time is up.
    for (const module of Array.from({ length: ROUNDS }, () => chosen).flat()) {
      if (late.aborted) return;
      verdicts.set(module.name, await discard(module, targets, { clock, late }));
    }
  } finally {
    targets.close();
  }
}

async function discard(
  module: ProbeModule,
  targets: WarmUpTargets,
  { clock, late }: { readonly clock: Clock; readonly late: AbortSignal },
): Promise<'ok' | 'failed'> {
  const request = { target: targetOf(module.name, targets) };
  const end = new ProbeEnd();
  const cancel = (): void => {
    end.cancel();
  };
  late.addEventListener('abort', cancel);
  const outcome = await runProbe({ probe: module.probe, request, timeoutSeconds: Infinity, end, clock });
  late.removeEventListener('abort', cancel);
  writeMetricSet(outcome.metrics);
  return outcome.failure === undefined ? 'ok' : 'failed';
}
