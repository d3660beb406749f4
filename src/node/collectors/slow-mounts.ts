import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../values/clock.js';
import type { CollectorLog } from '../collector.js';
import type { MountAnswer } from './mount-stats.js';

/** The request to the helper process. */
export interface MountQuestion {
  readonly path: string;
}

/** The helper's answer for one mount. */
export interface HelperAnswer extends MountQuestion {
  readonly answer: MountAnswer;
}

/** The options for mounts that may be slow. */
export interface SlowMountsOptions {
  readonly timeoutSeconds: number;
  readonly clock: Clock;
  readonly log: CollectorLog;
}

/** Upstream's text for a mount that did not answer in time. */
export const TIMED_OUT: MountAnswer = { kind: 'error', error: 'mountpoint timeout' };

const HELPER_ENDED: MountAnswer = { kind: 'error', error: 'the helper that asks mounts has ended' };

/** A question that has no answer yet. */
interface OpenQuestion {
  readonly asked: Promise<MountAnswer>;
  readonly settle: (answer: MountAnswer) => void;
  isStuck: boolean;
}

/**
 * The threads of the helper: this many mounts can hang before others have to wait. A thread that waits costs some
 * kilobytes.
 */
const HELPER_THREADS = 64;

const HELPER = fileURLToPath(new URL('./statfs-helper.js', import.meta.url));

/**
 * Asks mounts that may never answer, by way of a helper process. A call that hangs holds its thread until the mount
 * answers, possibly for days; Node has four such threads for everything else, and joins them before it ends. A mount
 * that does not answer within the timeout is stuck, and is not asked again until it has answered. The helper is started
 * with the first question.
 */
export class SlowMounts {
  readonly #options: SlowMountsOptions;
  readonly #open = new Map<string, OpenQuestion>();
  #helper: ChildProcess | undefined;

  constructor(options: SlowMountsOptions) {
    this.#options = options;
  }

  /** The process id of the helper, if there is one. */
  get helperPid(): number | undefined {
    return this.#helper?.pid;
  }

  /**
   * Asks a mount. Resolves within the timeout, with TIMED_OUT if there is no answer, and at once for a mount that is
   * stuck. Never rejects.
   */
  ask(path: string): Promise<MountAnswer> {
    const open = this.#open.get(path);
    if (open !== undefined) return open.isStuck ? Promise.resolve(TIMED_OUT) : open.asked;
    const question = this.#openQuestion(path);
    this.#open.set(path, question);
    this.#helper ??= this.#startHelper();
    const message: MountQuestion = { path };
    this.#helper.send(message, (error) => {
      if (error !== null) this.#helperEnded();
    });
    return question.asked;
  }

  /** Ends the helper, and with it the questions that are stuck. */
  close(): void {
    this.#helper?.kill('SIGKILL');
    this.#helperEnded();
  }

  #openQuestion(path: string): OpenQuestion {
    const { clock, timeoutSeconds, log } = this.#options;
    let resolveAsked: (answer: MountAnswer) => void = () => undefined;
    const asked = new Promise<MountAnswer>((resolve) => {
      resolveAsked = resolve;
    });
    const question: OpenQuestion = {
      asked,
      isStuck: false,
      settle: (answer) => {
        cancelTimer();
        this.#open.delete(path);
        if (question.isStuck) log.debug('Mount point has recovered, monitoring will resume', { mountpoint: path });
        resolveAsked(answer);
      },
    };
    const cancelTimer = clock.after(timeoutSeconds, () => {
      log.debug('Mount point timed out, it is being labeled as stuck and will not be monitored', { mountpoint: path });
      question.isStuck = true;
      resolveAsked(TIMED_OUT);
    });
    return question;
  }

  #startHelper(): ChildProcess {
    const helper = fork(HELPER, {
      env: { UV_THREADPOOL_SIZE: String(HELPER_THREADS) },
      execArgv: ['--max-old-space-size=32'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    helper.on('message', (message) => {
      // The helper is ours.
      const { path, answer } = message as HelperAnswer;
      this.#open.get(path)?.settle(answer);
    });
    helper.on('exit', () => {
      if (this.#helper === helper) this.#helperEnded();
    });
    helper.on('error', () => {
      if (this.#helper === helper) this.#helperEnded();
    });
    return helper;
  }

  #helperEnded(): void {
    this.#helper = undefined;
    for (const question of this.#open.values()) question.settle(HELPER_ENDED);
  }
}
