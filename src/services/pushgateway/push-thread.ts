import { once } from 'node:events';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { PLAIN_TEXT_UTF8, sendReply } from '../../http/answers/http-reply.js';
import type { BodyBudget } from '../../http/bodies/body-budget.js';
import type { WebHandler } from '../../http/exchange.js';
import { asError, stackOf } from '../../values/as-error.js';
import type { CancelTimer } from '../../values/clock.js';
import type { Platform } from '../platform.js';
import type { Companion } from '../running-service.js';
import type { BodyLimit } from './push-body.js';
import { type PushEngine, type PushEngineDeps, pushPrefix } from './push-engine.js';
import type { PushgatewayOptions } from './push-options.js';
import type { FromEngine, ToEngine } from './relay/relay-messages.js';
import { RequestRelay } from './relay/request-relay.js';

/** The data that the thread gets when it starts. */
export interface PushThreadData {
  readonly options: PushgatewayOptions;
  readonly platform: Pick<Platform, 'build' | 'hostname' | 'pid'>;
  readonly limit: BodyLimit;
}

/** The dependencies of the engine's thread. Bodies are read on the side of the sockets. */
export interface PushThreadDeps extends Omit<PushEngineDeps, 'openBody'> {
  readonly budget: BodyBudget;
  readonly limit: BodyLimit;
}

/** The wait before the next thread is started after one ended by mistake, in seconds. */
const RESTART_SECONDS = 1;

/**
 * The time that a stopping thread has to finish its work, in seconds; then it is ended. What was answered has been kept
 * by then.
 */
const STOP_SECONDS = 20;

/**
 * V8 lets a thread's young generation grow to 48 MiB, which a large push fills with what it needs for a moment. With so
 * little it takes some 8 % more CPU, and 25 MiB less.
 */
const YOUNG_MIB = 6;

const BYTES_PER_MIB = 1024 * 1024;

/**
 * The pushgateway's engine in a thread with a heap of its own: parsing, checking, keeping and writing take as long as
 * they take while the main thread, which has the sockets and the probes, is free, and memory that runs out there ends
 * that thread alone. Then another one is started, which reads what was kept. Throws an Error where the first one cannot
 * begin.
 */
export async function openPushThread(
  options: PushgatewayOptions,
  deps: PushThreadDeps,
): Promise<Pick<PushEngine, 'handle' | 'keepingProblem' | 'reportBug' | 'showCompanions' | 'close'>> {
  const { platform } = deps;
  const prefix = pushPrefix(options, platform);
  const thread = new PushThread(options, deps);
  await thread.start();
  // Answered here, so that they need not wait for what the thread is at.
  const states: ReadonlyMap<string, { readonly handler: string; readonly problem: () => string | undefined }> = new Map(
    [
      [`${prefix}/-/healthy`, { handler: 'healthy', problem: () => undefined }],
      [`${prefix}/-/ready`, { handler: 'ready', problem: () => thread.problem }],
    ],
  );
  const handle: WebHandler = (request, response) => {
    const state = request.method === 'GET' ? states.get(request.url ?? '') : undefined;
    if (state === undefined) {
      thread.relay.handle(request, response);
      return;
    }
    const problem = state.problem();
    const status = problem === undefined ? 200 : 503;
    sendReply(response, { status, contentType: PLAIN_TEXT_UTF8, body: problem ?? 'OK' });
    thread.noteAnswered(state.handler, status);
  };
  return {
    handle,
    keepingProblem: () => thread.problem,
    reportBug: (error) => {
      thread.post({ kind: 'bug', stack: stackOf(error) });
    },
    showCompanions: (services) => {
      thread.showCompanions(services);
    },
    close: () => thread.close(),
  };
}

class PushThread {
  readonly relay: RequestRelay;
  readonly #options: PushgatewayOptions;
  readonly #deps: PushThreadDeps;
  /** The thread; undefined between the end of one and the start of the next. */
  #worker: Worker | undefined;
  #cancelRestart: CancelTimer | undefined;
  #isClosing = false;
  #isReady = false;
  #keepingProblem: string | undefined;
  #beside: readonly Companion[] = [];

  constructor(options: PushgatewayOptions, deps: PushThreadDeps) {
    const { limit, budget, platform } = deps;
    this.#options = options;
    this.#deps = deps;
    this.relay = new RequestRelay({ post: this.post, limit, budget, clock: platform.clock });
  }

  readonly post = (message: ToEngine, hands: readonly ArrayBuffer[] = []): void => {
    if (this.#worker === undefined) this.relay.failAll(RESTARTING);
    else this.#worker.postMessage(message, [...hands]);
  };

  /** Why pushes cannot be kept; undefined while they can. */
  get problem(): string | undefined {
    return this.#isReady ? this.#keepingProblem : RESTARTING;
  }

  /** Asks the thread, if there is one, to count an answer. */
  noteAnswered(handler: string, status: number): void {
    this.#worker?.postMessage({ kind: 'answered', handler, status } satisfies ToEngine);
  }

  /** Tells the thread, and each that comes after it. */
  showCompanions(services: readonly Companion[]): void {
    this.#beside = services;
    this.#worker?.postMessage({ kind: 'beside', services } satisfies ToEngine);
  }

  /** Resolves when it is ready. Rejects with the Error of what kept it from beginning. */
  async start(): Promise<void> {
    const { platform, limit } = this.#deps;
    const { build, hostname, pid } = platform;
    const workerData: PushThreadData = { options: this.#options, platform: { build, hostname, pid }, limit };
    const maxOldGenerationSizeMb = Math.floor(getHeapStatistics().heap_size_limit / BYTES_PER_MIB);
    const worker = new Worker(new URL('./push-thread-start.js', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb, maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#worker = worker;
    this.#keepingProblem = undefined;
    const ready = new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromEngine) => {
        if (message.kind === 'ready') {
          this.#isReady = true;
          resolve();
        } else this.#take(message);
      });
      worker.once('error', reject);
    });
    await ready;
    this.showCompanions(this.#beside);
    worker.once('error', (error) => {
      this.#ended(error);
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#cancelRestart?.();
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = once(worker, 'exit');
    this.post({ kind: 'stop' });
    const cancel = this.#deps.platform.clock.after(STOP_SECONDS, () => void worker.terminate());
    await ended;
    cancel();
  }

  #take(message: FromEngine): void {
    if (this.relay.take(message)) return;
    const { platform, quit } = this.#deps;
    if (message.kind === 'log') platform.log.push(message.line);
    else if (message.kind === 'quit') quit();
    else if (message.kind === 'keeping') this.#keepingProblem = message.problem;
    else if (message.kind === 'wants families') void this.#gather();
  }

  async #gather(): Promise<void> {
    const { platform, gatherProcess } = this.#deps;
    this.post({ kind: 'gathered', families: await gatherProcess(), droppedLogLines: platform.log.dropped });
  }

  #ended(error: Error): void {
    this.#worker = undefined;
    this.#isReady = false;
    this.relay.failAll(RESTARTING);
    const { log, platform } = this.#deps;
    log.error('The pushgateway has to start again, its thread has ended', { err: error.message });
    if (this.#isClosing) return;
    this.#cancelRestart = platform.clock.after(RESTART_SECONDS, () => {
      this.start().catch((problem: unknown) => {
        this.#ended(asError(problem));
      });
    });
  }
}

const RESTARTING = 'the pushgateway is starting again; try again in a moment';
