import { HttpError } from '../../../http/answers/http-reply.js';
import type { ServiceLog } from '../../../log/service-log.js';
import type { GuardedRecipe } from '../../../probe/module-recipe.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import type { ProbeOutcome, ProbeRun } from '../../../probe/run-probe.js';
import type { CancelTimer } from '../../../values/clock.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { Platform } from '../../platform.js';
import { ModuleNumbers } from './module-numbers.js';
import { WorkerLost, WorkerProcess } from './worker-process.js';

/** How many workers there are, and what they are started with. */
export interface ProbeWorkersOptions {
  readonly count: number;
  readonly platform: Platform;
  readonly log: ServiceLog;
}

/** The modules that the workers probe with. */
export interface WorkerModules {
  readonly modules: ReadonlyMap<string, ProbeModule>;
}

/** A worker that ended this soon after its start is not replaced at once. */
const SHORT_LIFE_SECONDS = 10;
const RESTART_SECONDS = 1;

/** A worker that has not answered so long after the end of a probe's time hangs, and is ended. */
const HANGING_SECONDS = 5;

/** A worker that takes longer to start, or to make the modules of a new configuration, hangs as well. */
const LOAD_SECONDS = 60;

/** The place of one worker, whichever process has it. */
interface Place {
  readonly number: number;
  process: WorkerProcess | undefined;
  startedAt: number;
  cancelRestart: CancelTimer | undefined;
}

/**
 * The worker processes of the prober. The first process keeps the sockets of clients, the limits, the history and the
 * pages; it gives each probe to the worker with the fewest in hand, and gets its outcome as data. A worker that dies is
 * replaced; the probes that it had in hand are answered with 503, since nobody knows what became of them.
 */
export class ProbeWorkers {
  readonly #options: ProbeWorkersOptions;
  readonly #places: readonly Place[];
  readonly #numbers = new ModuleNumbers((modules) => {
    for (const worker of this.#processes()) worker.forget(modules);
  });
  #modules: WorkerModules['modules'] = new Map();
  #reportBug: (error: unknown) => void;
  #restarts = 0;
  #lost = 0;
  #next = 0;
  #isStopping = false;

  constructor(options: ProbeWorkersOptions) {
    this.#options = options;
    this.#reportBug = (error) => {
      options.log.error('A worker met an error', { err: String(error) });
    };
    this.#places = Array.from({ length: options.count }, (_, index) => ({
      number: index + 1,
      process: undefined,
      startedAt: 0,
      cancelRestart: undefined,
    }));
  }

  /** The workers that live, by their numbers from 1 up. */
  get living(): readonly { readonly number: number; readonly process: WorkerProcess }[] {
    return this.#places.flatMap(({ number, process }) => (process === undefined ? [] : [{ number, process }]));
  }

  get count(): number {
    return this.#places.length;
  }

  /** How many workers were started in the place of others. */
  get restarts(): number {
    return this.#restarts;
  }

  /** How many probes ended with their workers. */
  get lostProbes(): number {
    return this.#lost;
  }

  /** Sends errors that no probe is to blame for there. */
  onBug(report: (error: unknown) => void): void {
    this.#reportBug = report;
  }

  /** Starts all; resolves when each can probe with these modules. Rejects if one cannot begin. */
  async start({ modules }: WorkerModules): Promise<void> {
    this.#modules = modules;
    for (const place of this.#places) this.#spawn(place);
    try {
      await Promise.all(this.#processes().map((worker) => worker.ready()));
      await this.prepare({ modules });
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Asks all workers to make these modules. Rejects with an Error if one cannot; a worker that hangs is ended. */
  async prepare({ modules }: WorkerModules): Promise<void> {
    const workers = this.#processes().filter(({ isReady }) => isReady);
    const problems = await Promise.all(workers.map((worker) => this.#load(worker, modules)));
    const problem = problems.find((each) => each !== undefined);
    if (problem !== undefined) throw new Error(`a worker cannot load the configuration: ${problem}`);
    this.#modules = modules;
  }

  /** Runs a probe in one of them. Rejects with HttpError 503 where that one ends before, or none is there. */
  async run(run: ProbeRun, module: ProbeModule): Promise<ProbeOutcome> {
    const { recipe, guard } = module;
    const worker = this.#leastBusy();
    if (worker === undefined) throw new HttpError(503, 'No worker is ready; try again in a moment');
    if (recipe === undefined) throw new Error(`The module ${module.name} cannot run in a worker`);
    const { clock } = this.#options.platform;
    const seconds = Number.isFinite(run.timeoutSeconds) ? Math.max(0, run.timeoutSeconds) : undefined;
    const cancelEnd =
      seconds === undefined
        ? undefined
        : clock.after(seconds + HANGING_SECONDS, () => {
            this.#endHanging(worker);
          });
    try {
      const guarded: GuardedRecipe = { recipe, ...(guard && { guard }) };
      return await worker.run({ run, module: this.#numbers.of(guarded), recipe: guarded });
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error;
      this.#lost++;
      throw new HttpError(503, 'The worker that ran the probe has ended, and with it the probe');
    } finally {
      cancelEnd?.();
    }
  }

  /** Ends all, with what they have in hand. */
  stop(): void {
    this.#isStopping = true;
    for (const { process, cancelRestart } of this.#places) {
      cancelRestart?.();
      process?.kill();
    }
  }

  #processes(): readonly WorkerProcess[] {
    return this.#places.flatMap(({ process }) => process ?? []);
  }

  #leastBusy(): WorkerProcess | undefined {
    const count = this.#places.length;
    let best: WorkerProcess | undefined;
    for (let step = 0; step < count; step++) {
      const worker = this.#places[(this.#next + step) % count]?.process;
      if (worker?.isReady === true && (best === undefined || worker.inFlight < best.inFlight)) best = worker;
    }
    this.#next = (this.#next + 1) % count;
    return best;
  }

  #spawn(place: Place): void {
    const { platform } = this.#options;
    const wanted = [...new Set([...this.#modules.values()].map(({ prober }) => prober))];
    place.startedAt = platform.clock.monotonicSeconds();
    const worker = new WorkerProcess(
      { kind: 'start', build: platform.build, wanted },
      {
        onBug: (error) => {
          this.#reportBug(error);
        },
        onEnd: (how, probes) => {
          this.#ended(place, how, probes);
        },
      },
    );
    place.process = worker;
    // Callers that wait for the worker get this error themselves.
    this.#orHangs(worker, worker.ready()).catch(() => undefined);
  }

  #ended(place: Place, how: string, probes: number): void {
    const { log, platform } = this.#options;
    place.process = undefined;
    if (this.#isStopping) return;
    const age = platform.clock.monotonicSeconds() - place.startedAt;
    const fields = { worker: String(place.number), how, probes_in_hand: String(probes) };
    log.error('A worker has ended, another one takes its place', fields);
    place.cancelRestart = platform.clock.after(age < SHORT_LIFE_SECONDS ? RESTART_SECONDS : 0, () => {
      this.#restarts++;
      this.#spawn(place);
    });
  }

  #endHanging(worker: WorkerProcess): void {
    const { pid } = worker;
    // Every probe in its hand finds out.
    if (worker.kill()) this.#options.log.error('A worker does not answer, it is ended', { pid: String(pid) });
  }

  async #load(worker: WorkerProcess, modules: WorkerModules['modules']): Promise<string | undefined> {
    for (const { recipe, guard } of modules.values()) {
      if (loopTurns.isOver()) await loopTurns.next();
      if (recipe === undefined) continue;
      const guarded: GuardedRecipe = { recipe, ...(guard && { guard }) };
      worker.tell(this.#numbers.of(guarded), guarded);
    }
    try {
      return await this.#orHangs(worker, worker.load());
    } catch (error) {
      // One that has ended serves nothing; the next one begins with what is in force then.
      if (error instanceof WorkerLost) return undefined;
      throw error;
    }
  }

  /** Ends the worker if this is not settled in time, whichever way. */
  async #orHangs<T>(worker: WorkerProcess, answer: Promise<T>): Promise<T> {
    const cancel = this.#options.platform.clock.after(LOAD_SECONDS, () => {
      this.#endHanging(worker);
    });
    try {
      return await answer;
    } finally {
      cancel();
    }
  }
}
