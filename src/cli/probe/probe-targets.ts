import { UsageError } from '../../flags/flag-definition.js';
import { logFormatters } from '../../log/log-format.js';
import { writeMetricSet } from '../../metrics/write-text.js';
import type { HistoryItem } from '../../probe/history.js';
import { ProbeEnd } from '../../probe/probe-abort.js';
import { buildReport } from '../../probe/report/build-report.js';
import type { ProbeReport } from '../../probe/report/probe-report.js';
import { runProbe } from '../../probe/run-probe.js';
import { probeTimeoutSeconds } from '../../probe/timeout.js';
import { debugText } from '../../services/prober/debug-text.js';
import { whyNoIcmp } from '../../services/prober/why-no-icmp.js';
import { atOnce } from '../../values/in-slices.js';
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

/** The probes that are to be run, and how. */
export interface ProbeOrder {
  /** The configuration files that were named; empty for the usual one. */
  readonly configFiles: readonly string[];
  readonly wanted: Wanted;
  /** "" for none. */
  readonly targetsFile: string;
  readonly timeoutSeconds: number;
  readonly form: OutputForm;
  readonly repeat?: { readonly intervalSeconds: number; readonly count: number };
}

/** Runs `sonde probe`; resolves to its exit code: 0, 1 if a probe failed, 2 if one could not be run. */
export async function probeTargets(order: ProbeOrder, shell: Shell): Promise<number> {
  try {
    const operands = await readTargets(order.wanted.operands, order.targetsFile, shell);
    const modules = await openModules(order.configFiles, shell);
    const plans = await planProbes({ ...order.wanted, operands }, modules);
    await modules.warmUp(new Set(plans.map(({ module }) => module.prober)));
    const session = new Session(order, shell);
    return await (order.repeat === undefined ? session.once(plans) : session.again(plans, order.repeat));
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    const hint = hintOf(error);
    shell.err(`sonde: error: ${error.message}${hint === '' ? '' : `; ${hint}`}\n`);
    return 2;
  }
}

/** The probes of one command, until a signal ends them. */
class Session {
  readonly #order: ProbeOrder;
  readonly #shell: Shell;
  readonly #paint: Paint;
  #end = new ProbeEnd();
  #wasStopped = false;
  #wake: (() => void) | undefined;

  constructor(order: ProbeOrder, shell: Shell) {
    this.#order = order;
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

  /** Each target once, and a table of them if there are several. */
  async once(plans: readonly PlannedProbe[]): Promise<number> {
    const rows: { readonly name: string; readonly report: ProbeReport }[] = [];
    for (const plan of plans) {
      if (this.#isStopped()) break;
      const item = await this.#probe(plan);
      const report = buildReport(item);
      rows.push({ name: plan.asWritten, report });
      this.#show(item, report, rows.length > 1);
      if (!report.success) this.#sayIcmp(plan);
    }
    if (this.#order.form === 'text' && plans.length > 1) this.#shell.out(`\n${targetsTable(rows, this.#paint)}`);
    return rows.every(({ report }) => report.success) ? 0 : 1;
  }

  /** All targets again and again, a line a probe. */
  async again(plans: readonly PlannedProbe[], repeat: NonNullable<ProbeOrder['repeat']>): Promise<number> {
    const watched = plans.map((plan) => ({ plan, figures: new WatchedTarget(plan.asWritten) }));
    for (let round = 0; round < repeat.count && !this.#isStopped(); round++) {
      if (round > 0) await this.#pause(repeat.intervalSeconds);
      for (const { plan, figures } of watched) {
        if (this.#isStopped()) break;
        const item = await this.#probe(plan);
        // What was cut off by the user says nothing of the target.
        if (this.#isStopped()) break;
        const report = buildReport(item);
        const line = figures.add(report, this.#paint);
        if (this.#order.form === 'text') this.#shell.out(line);
        else this.#show(item, report, false);
      }
    }
    if (this.#order.form === 'text') this.#shell.out(`\n${watched.map(({ figures }) => figures.summary()).join('')}`);
    return watched.every(({ figures }) => figures.failures === 0) ? 0 : 1;
  }

  #isStopped(): boolean {
    return this.#wasStopped;
  }

  async #probe({ module, request }: PlannedProbe): Promise<HistoryItem> {
    const { timeoutSeconds: scrapeSeconds } = this.#order;
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
    });
    hideProgress();
    return { module: name, target: request.target, outcome, describe, describeOwn };
  }

  /** For who waits at a terminal. */
  #showProgress(target: string): () => void {
    const { isTerminal, isOutTerminal, err } = this.#shell;
    if (!isTerminal || !isOutTerminal || this.#order.form !== 'text' || this.#order.repeat !== undefined)
      return nothing;
    err(`probing ${target.slice(0, 60).replace(/[^\x20-\x7e]/g, '?')} …`);
    return () => {
      // To the beginning of the line, which is then erased (ECMA-48, 8.3.41).
      err('\r\x1b[K');
    };
  }

  #show(item: HistoryItem, report: ProbeReport, isNext: boolean): void {
    const { out } = this.#shell;
    switch (this.#order.form) {
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

  /** What the log of a service says at its start. */
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
