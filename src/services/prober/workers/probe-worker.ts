import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { moduleOfRecipe } from '../../../config/module-of-recipe.js';
import { LoopLateness } from '../../../probe/loop-lateness.js';
import { ProbeEnd } from '../../../probe/probe-abort.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import type { ProbeRequest } from '../../../probe/prober.js';
import { runProbe } from '../../../probe/run-probe.js';
import { asError, messageOf } from '../../../values/as-error.js';
import { loadCelElsewhere } from '../../../values/cel/cel-program.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { buildProbers, type BuiltProbers } from '../../build-probers.js';
import type { Platform } from '../../platform.js';
import { OutcomePacker } from './packed-outcome.js';
import type { FromWorker, ToWorker, WorkerProbeRequest, WorkerState } from './worker-messages.js';

type Start = Extract<ToWorker, { kind: 'start' }>;

/** How often the event loop is sampled, in milliseconds. */
const DELAY_RESOLUTION_MS = 20;

/** The program of a worker process. It builds modules and runs probes, and knows neither history nor clients. */
export class ProbeWorker {
  readonly #post: (message: FromWorker) => void;
  readonly #platform: Pick<Platform, 'env' | 'clock'>;
  readonly #modules = new Map<number, ProbeModule>();
  readonly #running = new Map<number, ProbeEnd>();
  readonly #packer = new OutcomePacker();
  readonly #lateness: LoopLateness;
  #delay: IntervalHistogram | undefined;
  #built: BuiltProbers | undefined;
  /** Why a module could not be made since this was told last. */
  #problem: string | undefined;

  constructor(post: (message: FromWorker) => void, platform: Pick<Platform, 'env' | 'clock'>) {
    this.#post = post;
    this.#platform = platform;
    this.#lateness = new LoopLateness(platform.clock);
  }

  take(message: ToWorker): void {
    switch (message.kind) {
      case 'start':
        void this.#start(message);
        return;
      case 'module':
        this.#make(message);
        return;
      case 'load':
        this.#post({ kind: 'loaded', id: message.id, ...(this.#problem !== undefined && { problem: this.#problem }) });
        this.#problem = undefined;
        return;
      case 'forget':
        for (const id of message.modules) this.#modules.delete(id);
        return;
      case 'probe':
        void this.#probe(message);
        return;
      case 'cancel':
        this.#running.get(message.id)?.cancel();
        return;
      case 'state':
        this.#post({ kind: 'state', id: message.id, state: this.#state() });
    }
  }

  /** Tells the first process of an error that no probe is to blame for. */
  readonly reportBug = (error: unknown): void => {
    this.#post({ kind: 'bug', stack: stackOf(error) });
  };

  async #start({ build, wanted }: Start): Promise<void> {
    this.#delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
    this.#delay.enable();
    const log = { push: () => undefined, dropped: 0 };
    this.#built = buildProbers({ ...this.#platform, build, log, hostname: '', pid: 0 });
    const probers = new Set(wanted);
    await this.#built.warmUp(probers);
    await this.#built.loadRest(probers);
    loadCelElsewhere();
    this.#post({ kind: 'ready' });
  }

  #make({ id, ...recipe }: Extract<ToWorker, { kind: 'module' }>): void {
    try {
      this.#modules.set(id, moduleOfRecipe(recipe, this.#built?.probers ?? []));
    } catch (error) {
      this.#problem ??= `module ${recipe.recipe.name}: ${messageOf(error)}`;
    }
  }

  async #probe(asked: WorkerProbeRequest): Promise<void> {
    const { id, module: number, isWatched, timeoutSeconds, waitedSeconds, isTraced, isTimed } = asked;
    const end = new ProbeEnd();
    this.#running.set(id, end);
    try {
      const module = this.#modules.get(number);
      if (module === undefined) throw new Error(`The worker does not know the module ${number}`);
      const request = requestOf(asked);
      const { clock } = this.#platform;
      const outcome = await runProbe({
        ...{ probe: module.probe, request, end, clock },
        ...{ timeoutSeconds, waitedSeconds, isTraced, isTimed },
        ...(module.mask && { mask: module.mask }),
        ...(isWatched && { lateness: this.#lateness }),
      });
      const parts = this.#packer.pack(outcome);
      let part = parts.next();
      for (; part.done !== true; part = parts.next()) {
        this.#post({ kind: 'series', id, series: part.value });
        if (loopTurns.isOver()) await loopTurns.next();
      }
      this.#post({ kind: 'done', id, outcome: part.value });
    } catch (error) {
      this.#post({ kind: 'bug', id, stack: stackOf(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #state(): WorkerState {
    const lateMs = (this.#delay?.max ?? 0) / 1e6 - DELAY_RESOLUTION_MS;
    const isSeen = (this.#delay?.count ?? 0) > 0;
    this.#delay?.reset();
    return {
      lagMaxSeconds: isSeen ? Math.max(0, lateMs) / 1000 : 0,
      heapUsedBytes: getHeapStatistics().used_heap_size,
    };
  }
}

function stackOf(error: unknown): string {
  const { stack, message } = asError(error);
  return stack ?? message;
}

function requestOf({ target, hostname, username, params }: WorkerProbeRequest): ProbeRequest {
  return {
    target,
    ...(hostname !== undefined && { hostname }),
    ...(username !== undefined && { username }),
    ...(params && { params }),
  };
}
