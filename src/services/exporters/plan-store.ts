import type { TextCompiler } from '../build-probers.js';
import type { ExporterOptions } from './exporter-options.js';
import type { RunningPlan } from './exporter-routes.js';

/** The plan of an exporter that is in force. A scrape that runs keeps the one that it began with. */
export class PlanStore {
  readonly #options: ExporterOptions;
  readonly #compiler: TextCompiler;
  #plan: RunningPlan;

  private constructor(options: ExporterOptions, compiler: TextCompiler, plan: RunningPlan) {
    this.#options = options;
    this.#compiler = compiler;
    this.#plan = plan;
  }

  /** Rejects with an Error that says what cannot be used. */
  static async open(options: ExporterOptions, compiler: TextCompiler): Promise<PlanStore> {
    return new PlanStore(options, compiler, await compilePlan(options, compiler));
  }

  readonly current = (): RunningPlan => this.#plan;

  /** Reads it again. Rejects, and keeps the old one, where that fails. */
  async reload(): Promise<void> {
    this.#plan = await compilePlan(this.#options, this.#compiler);
  }
}

/** The modules go through the same checks as those of a file; JSON is YAML. */
async function compilePlan({ exporter, plan }: ExporterOptions, compiler: TextCompiler): Promise<RunningPlan> {
  const planned = await plan();
  const text = JSON.stringify({ modules: planned.modules });
  return { ...planned, compiled: await compiler.compile(text, `sonde ${exporter.name}`) };
}
