import type { TextCompiler } from '../build-probers.js';
import type { ExporterOptions } from './exporter-options.js';
import type { RunningPlan } from './exporter-routes.js';

/** The inputs from which a plan is built. */
export interface PlanSource {
  readonly options: ExporterOptions;
  readonly compiler: TextCompiler;
  /** The variables of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The plan of an exporter that is in force. A running scrape keeps the plan that it began with. */
export class PlanStore {
  readonly #source: PlanSource;
  #plan: RunningPlan;

  private constructor(source: PlanSource, plan: RunningPlan) {
    this.#source = source;
    this.#plan = plan;
  }

  /** Rejects with an Error that says what cannot be used. */
  static async open(source: PlanSource): Promise<PlanStore> {
    return new PlanStore(source, await compilePlan(source));
  }

  readonly current = (): RunningPlan => this.#plan;

  /** Reads the plan again. If that fails, rejects and keeps the old one. */
  async reload(): Promise<void> {
    this.#plan = await compilePlan(this.#source);
  }
}

/** Compiles a plan. Its modules go through the same checks as those of a file, since JSON is YAML. */
async function compilePlan({ options: { exporter, plan }, compiler, env }: PlanSource): Promise<RunningPlan> {
  const planned = await plan(env);
  const text = JSON.stringify({ modules: planned.modules });
  return { ...planned, compiled: await compiler.compile(text, `sonde ${exporter.name}`) };
}
