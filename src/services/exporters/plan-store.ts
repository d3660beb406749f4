import type { MetricFamily } from '../../metrics/metric-family.js';
import { MetricSet } from '../../metrics/metric-set.js';
import { KeptConnection } from '../../net/kept-connection.js';
import type { Clock } from '../../values/clock.js';
import type { TextCompiler } from '../build-probers.js';
import type { ExporterOptions } from './exporter-options.js';
import type { RunningPlan } from './exporter-routes.js';
import { ScrapeMemory } from './scrape-memory.js';
import { UnusablePlan } from './server-exporter.js';

/** The inputs from which a plan is built. */
export interface PlanSource {
  readonly options: ExporterOptions;
  readonly compiler: TextCompiler;
  /** The variables of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The clock by which idle connections are closed, and reloads are dated. */
  readonly clock: Clock;
}

/** The plan of an exporter that is in force. A running scrape keeps the plan that it began with. */
export class PlanStore {
  readonly #source: PlanSource;
  #plan: RunningPlan;
  #readAtSeconds: number;
  #isUsable = true;

  private constructor(source: PlanSource, plan: RunningPlan) {
    this.#source = source;
    this.#plan = plan;
    this.#readAtSeconds = source.clock.wallSeconds();
  }

  /** Rejects with an Error that says what cannot be used. */
  static async open(source: PlanSource): Promise<PlanStore> {
    return new PlanStore(source, await compilePlan(source, true));
  }

  readonly current = (): RunningPlan => this.#plan;

  /** Reads the plan again. If that fails, rejects and keeps the old one. */
  async reload(): Promise<void> {
    const before = this.#plan;
    this.#isUsable = false;
    try {
      this.#plan = await compilePlan(this.#source, false);
    } catch (error) {
      if (error instanceof UnusablePlan) this.#plan = { ...before, about: error.about };
      throw error;
    }
    this.#isUsable = true;
    this.#readAtSeconds = this.#source.clock.wallSeconds();
    closePlaces(before);
  }

  /** Closes the connections that wait for another scrape, and those of scrapes that still run when these are over. */
  close(): void {
    closePlaces(this.#plan);
  }

  /** What there is to say of the file of settings; both are 0 without one, as in the real exporters. */
  readonly configFamilies = (): readonly MetricFamily[] => {
    const gauges = this.#source.options.exporter.configGauges;
    if (gauges === undefined) return [];
    const metrics = new MetricSet();
    const { hasConfig = false } = this.#plan;
    metrics.set(gauges.successful, hasConfig && this.#isUsable ? 1 : 0);
    metrics.set(gauges.timestamp, hasConfig ? this.#readAtSeconds : 0);
    return metrics.families();
  };
}

/** Compiles a plan. Its modules go through the same checks as those of a file, since JSON is YAML. */
async function compilePlan(
  { options: { exporter, plan }, compiler, env, clock }: PlanSource,
  isStart: boolean,
): Promise<RunningPlan> {
  const planned = await plan(env, isStart);
  const text = JSON.stringify({ modules: planned.modules });
  return {
    ...planned,
    compiled: await compiler.compile(text, `sonde ${exporter.name}`),
    places: planned.scrapes.map(() => new KeptConnection(clock)),
    memory: new ScrapeMemory(),
  };
}

function closePlaces({ places }: RunningPlan): void {
  for (const place of places) place.close();
}
