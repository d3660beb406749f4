import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GuardedRecipe } from '../../../probe/module-recipe.js';
import type { ProbeOutcome, ProbeRun } from '../../../probe/run-probe.js';
import { OutcomeParts } from './outcome-parts.js';
import type { FromWorker, ToWorker, WorkerState } from './worker-messages.js';

const PROGRAM = fileURLToPath(new URL('./probe-worker-start.js', import.meta.url));

/** The worker is gone, and with it what it had in hand. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

/** A question to the worker that has no answer yet. */
interface Pending<T> {
  readonly resolve: (answer: T) => void;
  readonly reject: (error: Error) => void;
}

/** The events of a worker that the pool handles. */
export interface WorkerListener {
  readonly onBug: (error: Error) => void;
  /** The process has ended, and with it so many probes; `how` says with which code, or by which signal. */
  readonly onEnd: (how: string, probes: number) => void;
}

/** A probe and the module that it is of. */
export interface WorkerProbe {
  readonly run: ProbeRun;
  /** The number of the module, and what it is made of, for a worker that has not heard of it. */
  readonly module: number;
  readonly recipe: GuardedRecipe;
}

/** One worker process, as the first process sees it. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #listener: WorkerListener;
  readonly #outcomes = new OutcomeParts();
  readonly #modules = new Set<number>();
  readonly #probes = new Map<number, Pending<ProbeOutcome>>();
  readonly #loads = new Map<number, Pending<string | undefined>>();
  readonly #states = new Map<number, Pending<WorkerState>>();
  readonly #ready: Promise<void>;
  #settleReady: Pending<void> | undefined;
  #lastId = 0;
  #isReady = false;
  #hasEnded = false;
  #probesDone = 0;

  constructor(start: Extract<ToWorker, { kind: 'start' }>, listener: WorkerListener) {
    this.#listener = listener;
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.#ready.catch(() => undefined);
    // Output of the worker, such as when it is out of memory, goes to this process's output.
    this.#child = fork(PROGRAM, [], { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (message) => {
      this.#take(message as FromWorker);
    });
    // The listener stays after the first error: an error without a listener would end this process.
    this.#child.on('error', (error) => {
      this.#end(error.message);
    });
    this.#child.once('exit', (code, signal) => {
      this.#end(signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`);
    });
    this.#post(start);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether it takes probes. */
  get isReady(): boolean {
    return this.#isReady && !this.#hasEnded;
  }

  /** How many probes it has in hand. */
  get inFlight(): number {
    return this.#probes.size;
  }

  /** How many probes it has ended. */
  get probesDone(): number {
    return this.#probesDone;
  }

  /** Resolves when it can probe; rejects with WorkerLost if it ends before. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Runs a probe. Rejects with WorkerLost if the worker ends before the probe, and with the error of a bug. */
  async run({ run, module, recipe }: WorkerProbe): Promise<ProbeOutcome> {
    this.tell(module, recipe);
    const { request, end, timeoutSeconds, waitedSeconds = 0, isTraced = false, isTimed = false, lateness } = run;
    const id = ++this.#lastId;
    const cancel = (): void => {
      this.#post({ kind: 'cancel', id });
    };
    const answer = new Promise<ProbeOutcome>((resolve, reject) => {
      this.#probes.set(id, { resolve, reject });
    });
    const wanted = { isTraced, isTimed, isWatched: lateness !== undefined };
    this.#post({ kind: 'probe', id, module, ...request, timeoutSeconds, waitedSeconds, ...wanted });
    if (end.signal.aborted) cancel();
    end.signal.addEventListener('abort', cancel, { once: true });
    try {
      const outcome = await answer;
      if (run.logSink !== undefined) for (const entry of outcome.log) run.logSink(entry);
      return outcome;
    } finally {
      end.signal.removeEventListener('abort', cancel);
    }
  }

  /** Tells of a module, once. */
  tell(id: number, recipe: GuardedRecipe): void {
    if (this.#modules.has(id)) return;
    this.#modules.add(id);
    this.#post({ kind: 'module', id, ...recipe });
  }

  /** Resolves to why a module could not be made, undefined if all could. */
  load(): Promise<string | undefined> {
    return this.#ask(this.#loads, (id) => ({ kind: 'load', id }));
  }

  state(): Promise<WorkerState> {
    return this.#ask(this.#states, (id) => ({ kind: 'state', id }));
  }

  forget(modules: readonly number[]): void {
    const known = modules.filter((id) => this.#modules.delete(id));
    if (known.length > 0) this.#post({ kind: 'forget', modules: known });
  }

  /** Ends the process at once, with what it has in hand. Returns whether nobody has done so before. */
  kill(): boolean {
    return !this.#child.killed && this.#child.kill('SIGKILL');
  }

  #ask<T>(pending: Map<number, Pending<T>>, question: (id: number) => ToWorker): Promise<T> {
    if (this.#hasEnded) return Promise.reject(new WorkerLost('The worker has ended'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      this.#post(question(id));
    });
  }

  #post(message: ToWorker): void {
    // A process that is about to be seen as ended takes nothing more.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        this.#settleReady?.resolve();
        return;
      case 'done':
        this.#probesDone++;
        take(this.#probes, message.id)?.resolve(this.#outcomes.end(message.id, message.outcome));
        return;
      case 'series':
        this.#outcomes.add(message.id, message.series);
        return;
      case 'loaded':
        take(this.#loads, message.id)?.resolve(message.problem);
        return;
      case 'state':
        take(this.#states, message.id)?.resolve(message.state);
        return;
      case 'bug':
        this.#takeBug(message);
    }
  }

  #takeBug({ id, stack }: Extract<FromWorker, { kind: 'bug' }>): void {
    const error = new Error('A worker met an error');
    error.stack = stack;
    const probe = id === undefined ? undefined : take(this.#probes, id);
    if (id !== undefined) this.#outcomes.forget(id);
    if (probe === undefined) this.#listener.onBug(error);
    else probe.reject(error);
  }

  #end(how: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const probes = this.#probes.size;
    const error = new WorkerLost(`The worker has ended: ${how}`);
    this.#settleReady?.reject(error);
    for (const pending of [this.#probes, this.#loads, this.#states]) {
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    }
    this.#outcomes.clear();
    this.#listener.onEnd(how, probes);
  }
}

function take<T>(pending: Map<number, Pending<T>>, id: number): Pending<T> | undefined {
  const found = pending.get(id);
  pending.delete(id);
  return found;
}
