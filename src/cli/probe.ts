import { COMMON_FLAGS, CONFIG_FILE_FLAG, type FlagDefinition, UsageError } from '../flags/flag-definition.js';
import { FlagValues } from '../flags/flag-values.js';
import { logFormatters } from '../log/log-format.js';
import { writeMetricSet } from '../metrics/write-text.js';
import { ProbeEnd } from '../probe/probe-abort.js';
import type { ProbeModule } from '../probe/probe-module.js';
import type { ProbeRequest } from '../probe/prober.js';
import { runProbe } from '../probe/run-probe.js';
import { probeTimeoutSeconds } from '../probe/timeout.js';
import { serviceLog } from '../services/make-service-log.js';
import { debugText } from '../services/prober/debug-text.js';
import { openConfig, whyNoIcmp } from '../services/prober/prober-service.js';
import { goQuote } from '../values/go/go-quote.js';
import type { Command } from './command.js';
import type { Shell } from './shell.js';
import { hintOf } from './start-failure.js';

const PROBE_FLAGS: readonly FlagDefinition[] = [
  ...COMMON_FLAGS.slice(0, 1),
  CONFIG_FILE_FLAG,
  {
    name: 'hostname',
    kind: 'value',
    shown: '<name>',
    help: 'Name to address the target by, as the hostname parameter of /probe.',
  },
  {
    name: 'timeout',
    kind: 'value',
    shown: '120',
    help: "Seconds that the probe may take, unless the module's timeout is shorter.",
  },
  { name: 'metrics', kind: 'switch', help: 'Print the metrics only, without log and module.' },
  ...COMMON_FLAGS.slice(1),
];

export const probeCommand: Command = {
  name: 'probe',
  usage: '[<flags>] MODULE TARGET',
  about: 'Run one probe and print what /probe?debug=true would show; exit code 1 if the probe failed.',
  flags: PROBE_FLAGS,
  prepare: (flags) => {
    const [module, target, extra] = flags.operands;
    if (module === undefined) throw new UsageError("required argument 'MODULE' not provided");
    if (target === undefined) throw new UsageError("required argument 'TARGET' not provided");
    if (extra !== undefined) throw new UsageError(`unexpected ${extra}`);
    const values = new FlagValues(flags);
    const hostname = values.text('hostname', '');
    const order = {
      moduleName: module,
      request: { target, ...(hostname !== '' && { hostname }) },
      timeoutSeconds: values.float('timeout', 120),
      metricsOnly: values.isOn('metrics'),
    };
    return (shell) => probe(values.texts('config.file', 'blackbox.yml'), order, shell);
  },
};

interface ShellOrder {
  readonly moduleName: string;
  readonly request: ProbeRequest;
  readonly timeoutSeconds: number;
  readonly metricsOnly: boolean;
}

async function probe(configFiles: readonly string[], order: ShellOrder, shell: Shell): Promise<number> {
  try {
    const { config, warmUp } = await openConfig(configFiles, shell, serviceLog('warn', 'logfmt', shell));
    const module = chooseModule(config.current().modules, order);
    await warmUp(new Set([module.prober]));
    return await runOrder(order, module, shell);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const hint = hintOf(error);
    shell.err(`sonde: error: ${error.message}${hint === '' ? '' : `; ${hint}`}\n`);
    return 1;
  }
}

function chooseModule(modules: ReadonlyMap<string, ProbeModule>, { moduleName, request }: ShellOrder): ProbeModule {
  const module = modules.get(moduleName);
  if (module === undefined) throw new Error(`Unknown module ${goQuote(moduleName)}`);
  const refusal = module.refuse(request);
  if (refusal !== undefined) throw new Error(refusal);
  return module;
}

async function runOrder(order: ShellOrder, module: ProbeModule, shell: Shell): Promise<number> {
  const { request, timeoutSeconds: scrapeSeconds, metricsOnly } = order;
  const { timeoutSeconds: moduleSeconds, name, describe } = module;
  const end = new ProbeEnd();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    shell.onSignal(signal, () => {
      end.cancel();
    });
  }
  const timeoutSeconds = probeTimeoutSeconds({
    scrapeSeconds,
    ...(moduleSeconds !== undefined && { moduleSeconds }),
    offsetSeconds: 0,
  });
  const outcome = await runProbe({
    probe: module.probe,
    request,
    timeoutSeconds,
    end,
    clock: shell.clock,
  });
  const item = { module: name, target: request.target, outcome, describe };
  shell.out(metricsOnly ? writeMetricSet(outcome.metrics) : debugText(item, logFormatters.logfmt));
  if (outcome.failure === undefined) return 0;
  // What the log of a service says at its start.
  const why = module.prober === 'icmp' ? whyNoIcmp(shell) : undefined;
  if (why !== undefined) shell.err(`sonde: ${why}\n`);
  return 1;
}
