import { ConfigFileError } from '../../config/config-problem.js';
import { UsageError } from '../../flags/flag-definition.js';
import { logFormatters } from '../../log/log-format.js';
import { writeMetricSet } from '../../metrics/write-text.js';
import type { HistoryItem } from '../../probe/history.js';
import { LoopLateness } from '../../probe/loop-lateness.js';
import { ProbeEnd } from '../../probe/probe-abort.js';
import { buildReport } from '../../probe/report/build-report.js';
import type { ProbeReport } from '../../probe/report/probe-report.js';
import { shownLine } from '../../probe/report/shown-excerpt.js';
import { runProbe } from '../../probe/run-probe.js';
import { probeTimeoutSeconds } from '../../probe/timeout.js';
import { debugText } from '../../services/prober/debug-text.js';
import { whyNoIcmp } from '../../services/prober/why-no-icmp.js';
import { atOnce, inSlices } from '../../values/in-slices.js';
import type { Shell } from '../shell.js';
import { hintOf } from '../start-failure.js';
import { openModules } from './open-modules.js';
import { type Paint, paintFor } from './paint.js';
import { type PlannedProbe, planProbes, type Wanted } from './plan-probes.js';
import { readTargets } from './read-targets.js';
import { reportText } from './report-text.js';
import { targetsTable, WatchedTarget } from './watch-text.js';

/** The form in which results are printed. */
export type OutputForm = 'text' | 'json' | 'metrics' | 'debug';

/** The parsed arguments of `sonde probe`. */
export interface ProbeCommand {
  /** The configuration files that were named; empty for the usual one. */
  readonly configFiles: readonly string[];
  readonly wanted: Wanted;
  /** "" for none. */
  readonly targetsFile: string;
  readonly timeoutSeconds: number;
  readonly form: OutputForm;
  readonly measuresUncertainty: boolean;
  readonly repeat?: { readonly intervalSeconds: number; readonly count: number };
}

/** Runs `sonde probe`; resolves to its exit code: 0, 1 if a probe failed, 2 if one could not be run. */
export async function probeTargets(command: ProbeCommand, shell: Shell): Promise<number> {
  try {
    const operands = await readTargets(command.wanted.operands, command.targetsFile, shell);
    const modules = await openModules(command.configFiles, shell);
    const plans = await planProbes({ ...command.wanted, operands }, modules);
    await modules.warmUp(new Set(plans.map(({ module }) => module.prober)));
    const session = new Session(command, shell);
    return await (command.repeat === undefined ? session.once(plans) : session.again(plans, command.repeat));
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    const hint = hintOf(error);
    shell.err(`sonde: error: ${shownMessage(error)}${hint === '' ? '' : `; ${hint}`}\n`);
    return 2;
  }
}

/** A line for each mistake of a configuration file; whatever names are in them, they make no further lines. */
function shownMessage(error: Error): string {
  if (!(error instanceof ConfigFileError)) return shownLine(error.message);
  return `${error.start}: ${error.problems.map(shownLine).join('\n')}`;
}

/** The probes of one command, until a signal ends them. */
class Session {
  readonly #command: ProbeCommand;
  readonly #shell: Shell;
  readonly #paint: Paint;
  #end = new ProbeEnd();
  #wasStopped = false;
  #wake: (() => void) | undefined;

  constructor(command: ProbeCommand, shell: Shell) {
    this.#command = command;
    this.#shell = shell;
    this.#paint = paintFor({ isTerminal: shell.isOutTerminal, noColor: shell.env['NO_COLOR'] });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      shell.onSignal(signal, () => {
        this.#wasStopped = true;
        this.#end.cancel();
        this.#wake?.();
      });
    }
  }

  /** Probes each target once, and prints a table if there are several. */
  async once(plans: readonly PlannedProbe[]): Promise<number> {
    const rows: { readonly name: string; readonly report: ProbeReport }[] = [];
    for (const plan of plans) {
      if (this.#isStopped()) break;
      const item = await this.#probe(plan);
      const report = await inSlices(buildReport(item));
      rows.push({ name: plan.asWritten, report });
      this.#show(item, report, rows.length > 1);
      if (!report.success) this.#sayIcmp(plan);
    }
    if (this.#command.form === 'text' && plans.length > 1) this.#shell.out(`\n${targetsTable(rows, this.#paint)}`);
    return rows.every(({ report }) => report.success) ? 0 : 1;
  }

  /** Probes all targets again and again, with one line for each probe. */
  async again(plans: readonly PlannedProbe[], repeat: NonNullable<ProbeCommand['repeat']>): Promise<number> {
    const watched = plans.map((plan) => ({ plan, figures: new WatchedTarget(plan.asWritten) }));
    for (let round = 0; round < repeat.count && !this.#isStopped(); round++) {
      if (round > 0) await this.#pause(repeat.intervalSeconds);
      for (const { plan, figures } of watched) {
        if (this.#isStopped()) break;
        const item = await this.#probe(plan);
        // A probe that the user interrupted says nothing about the target.
        if (this.#isStopped()) break;
        const report = await inSlices(buildReport(item));
        const line = figures.add(report, this.#paint);
        if (this.#command.form === 'text') this.#shell.out(line);
        else this.#show(item, report, false);
      }
    }
    if (this.#command.form === 'text') this.#shell.out(`\n${watched.map(({ figures }) => figures.summary()).join('')}`);
    return watched.every(({ figures }) => figures.failures === 0) ? 0 : 1;
  }

  #isStopped(): boolean {
    return this.#wasStopped;
  }

  async #probe({ module, request }: PlannedProbe): Promise<HistoryItem> {
    const { timeoutSeconds: scrapeSeconds } = this.#command;
    const { timeoutSeconds: moduleSeconds, name, describe, describeOwn } = module;
    const { clock } = this.#shell;
    const timeoutSeconds = probeTimeoutSeconds({
      scrapeSeconds,
      ...(moduleSeconds !== undefined && { moduleSeconds }),
      offsetSeconds: 0,
    });
    this.#end = new ProbeEnd();
    const hideProgress = this.#showProgress(request.target);
    const outcome = await runProbe({
      probe: module.probe,
      request,
      timeoutSeconds,
      end: this.#end,
      clock,
      ...(module.mask && { mask: module.mask }),
      isTraced: true,
      ...(this.#command.measuresUncertainty && { lateness: new LoopLateness(clock) }),
    });
    hideProgress();
    return { module: name, target: request.target, outcome, describe, describeOwn };
  }

  /** Shows a line while a user waits at a terminal. Returns what removes it. */
  #showProgress(target: string): () => void {
    const { isTerminal, isOutTerminal, err } = this.#shell;
    if (!isTerminal || !isOutTerminal || this.#command.form !== 'text' || this.#command.repeat !== undefined)
      return nothing;
    err(`probing ${target.slice(0, 60).replace(/[^\x20-\x7e]/g, '?')} …`);
    return () => {
      // This moves to the beginning of the line and erases it (ECMA-48, 8.3.41).
      err('\r\x1b[K');
    };
  }

  #show(item: HistoryItem, report: ProbeReport, isNext: boolean): void {
    const { out } = this.#shell;
    switch (this.#command.form) {
      case 'text':
        out(`${isNext ? '\n' : ''}${reportText(report, this.#paint)}`);
        break;
      case 'json':
        out(`${JSON.stringify(report)}\n`);
        break;
      case 'metrics':
        out(writeMetricSet(item.outcome.metrics));
        break;
      case 'debug':
        out(atOnce(debugText(item, logFormatters.logfmt)));
        break;
    }
  }

  /** Warns that ICMP is impossible here, as services do when they start. */
  #sayIcmp({ module }: PlannedProbe): void {
    const why = module.prober === 'icmp' ? whyNoIcmp(this.#shell) : undefined;
    if (why !== undefined) this.#shell.err(`sonde: ${why}\n`);
  }

  #pause(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#shell.clock.after(seconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

function nothing(): void {
  // There is nothing to hide.
}
