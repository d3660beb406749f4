import { loadConfig } from '../../../src/config/load-config.js';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { ProbeEnd } from '../../../src/probe/probe-abort.js';
import type { ProbeModule } from '../../../src/probe/probe-module.js';
import { type ProbeOutcome, runProbe } from '../../../src/probe/run-probe.js';
import { allProbers } from '../../../src/probers/all-probers.js';
import { patientClock } from '../patient-clock.js';
import { type TestProberDeps, testProberDeps } from './prober-deps.js';

export interface ProbeOptions extends TestProberDeps {
  readonly hostname?: string;
  /** The parameters of the request. */
  readonly params?: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
  readonly cancelled?: AbortSignal;
  readonly isTraced?: boolean;
}

export interface Probed {
  readonly outcome: ProbeOutcome;
  /** Values by series, named as in the exposition: `probe_http_duration_seconds{phase="tls"}`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** `ok`, or `phase/reason` of the failure. */
  readonly verdict: string;
  /** The log, one line an entry: level, message, fields as JSON. */
  readonly log: string;
}

/**
 * Runs one probe of a module that is written as YAML (the mapping below the module's name), with the system's time.
 */
export async function probe(moduleYaml: string, target: string, options: ProbeOptions = {}): Promise<Probed> {
  return probeModule(await loadModule(moduleYaml, options), target, options);
}

/** Loads a module that is written as YAML (the mapping below the module's name). */
export async function loadModule(moduleYaml: string, deps: TestProberDeps = {}): Promise<ProbeModule> {
  const indented = moduleYaml.trim().replace(/^/gm, '    ');
  const config = await loadConfig(`modules:\n  m:\n${indented}\n`, 'test.yml', allProbers(testProberDeps(deps)));
  const module = config.modules.get('m');
  if (module === undefined) throw new Error('the configuration has no module m');
  return module;
}

/** Runs one probe of a module of a loaded configuration. */
export async function probeModule(
  module: Pick<ProbeModule, 'probe'>,
  target: string,
  options: Omit<ProbeOptions, keyof TestProberDeps> = {},
): Promise<Probed> {
  const { hostname, params = {}, timeoutSeconds = 10, cancelled, isTraced = false } = options;
  const end = new ProbeEnd();
  if (cancelled?.aborted === true) end.cancel();
  cancelled?.addEventListener('abort', () => end.cancel());
  const outcome = await runProbe({
    probe: module.probe,
    request: {
      target,
      ...(hostname !== undefined && { hostname }),
      params: new Map(Object.entries(params)),
    },
    timeoutSeconds,
    isTraced,
    end,
    clock: patientClock,
  });
  const { failure } = outcome;
  return {
    outcome,
    metrics: parseSeries(writeMetricSet(outcome.metrics)),
    verdict: failure === undefined ? 'ok' : `${failure.phase}/${failure.reason}`,
    log: outcome.log.map(({ level, message, fields }) => `${level} ${message} ${JSON.stringify(fields)}`).join('\n'),
  };
}

/** The series of a text exposition. */
function parseSeries(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1).replace('+Inf', 'Infinity'))] as const;
    }),
  );
}
