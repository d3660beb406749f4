import { randomInt } from 'node:crypto';
import type { Asked } from '../../net/connect.js';
import { textOf } from '../../probe/error-text.js';
import type { Clock } from '../../values/clock.js';
import type { Echo, EchoOutcome, IcmpChannel } from './icmp-channel.js';
import { type IcmpError, meaningOf } from './icmp-error.js';

/** A series of echo requests to one address. */
export interface EchoPlan {
  readonly address: string;
  readonly asked: Asked;
  readonly addressBytes: Uint8Array;
  readonly data: Uint8Array;
  /**
   * Whether a request that was too big for the path is sent again: the kernel, which has learnt the path's limit, then
   * fragments it.
   */
  readonly mayFragment: boolean;
  readonly count: number;
  readonly intervalSeconds: number;
}

/** The reply to one request of a series. */
export interface Reply {
  /** The position of its request, from 0. */
  readonly index: number;
  readonly rttSeconds: number;
  /** -1 if the kernel did not say. */
  readonly hopLimit: number;
}

/** The result of a series of requests. */
export interface EchoObservation {
  readonly sent: number;
  /** The replies in the order of their requests. */
  readonly replies: readonly Reply[];
  /** The first ICMP error, if there was one. */
  readonly icmpError?: IcmpError;
  /** The first request that could not be sent, if there was one. */
  readonly sendError?: Error;
}

/** The dependencies of a series of echo requests. */
export interface EchoDeps {
  readonly channel: IcmpChannel;
  readonly clock: Clock;
  /** Ends the series. Requests without an outcome by then are lost. */
  readonly signal: AbortSignal;
}

const IDS = 0x10000;
/** Numbers that are free are found at once unless tens of thousands are taken. */
const MOST_ATTEMPTS = 64;
const MOST_SENT_AGAIN = 8;

/**
 * Sends `count` requests, one each interval, and resolves when each has its outcome or the signal fires. Throws a
 * ProbeFailure if the policy denies the address; never rejects.
 */
export function exchangeEchoes(plan: EchoPlan, deps: EchoDeps): Promise<EchoObservation> {
  plan.asked.policy.assertMayDial(plan.asked, plan.address);
  return new Promise((resolve) => {
    new EchoSeries(plan, deps, resolve).start();
  });
}

class EchoSeries {
  readonly #plan: EchoPlan;
  readonly #deps: EchoDeps;
  readonly #resolve: (observation: EchoObservation) => void;
  readonly #replies: Reply[] = [];
  readonly #open = new Set<Echo>();
  readonly #id = randomInt(IDS);
  readonly #firstSequence = randomInt(IDS);
  #tried = 0;
  #sent = 0;
  #sentAgain = 0;
  #icmpError: IcmpError | undefined;
  #sendError: Error | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(plan: EchoPlan, deps: EchoDeps, resolve: (observation: EchoObservation) => void) {
    this.#plan = plan;
    this.#deps = deps;
    this.#resolve = resolve;
  }

  start(): void {
    const { signal } = this.#deps;
    if (signal.aborted) {
      this.#finish();
      return;
    }
    signal.addEventListener('abort', this.#finish, { once: true });
    this.#sendNext();
  }

  readonly #sendNext = (): void => {
    const { count, intervalSeconds } = this.#plan;
    try {
      const echo = this.#nextEcho();
      this.#deps.channel.send(echo);
      this.#open.add(echo);
      this.#sent++;
    } catch (error) {
      this.#sendError ??= error instanceof Error ? error : new Error(textOf(error));
    }
    if (this.#tried < count) this.#stopTimer = this.#deps.clock.after(intervalSeconds, this.#sendNext);
    else if (this.#open.size === 0) this.#finish();
  };

  #nextEcho(): Echo {
    const { address, addressBytes, data } = this.#plan;
    const { channel } = this.#deps;
    const index = this.#tried++;
    let id = this.#id;
    let sequence = (this.#firstSequence + index) % IDS;
    // Another probe may wait for the same numbers: then others do as well.
    for (let attempt = 0; channel.isTaken(id, sequence); attempt++) {
      if (attempt === MOST_ATTEMPTS) throw new Error('too many requests are under way');
      id = randomInt(IDS);
      sequence = randomInt(IDS);
    }
    const echo: Echo = {
      address,
      addressBytes,
      id,
      sequence,
      data,
      onOutcome: (outcome) => {
        this.#take(echo, index, outcome);
      },
    };
    return echo;
  }

  #take(echo: Echo, index: number, outcome: EchoOutcome): void {
    if (outcome.kind === 'error' && this.#sendAgain(echo, outcome.error)) return;
    this.#open.delete(echo);
    if (outcome.kind === 'reply') {
      this.#replies.push({ index, rttSeconds: outcome.rttSeconds, hopLimit: outcome.hopLimit });
    } else {
      this.#icmpError ??= outcome.error;
    }
    if (this.#tried === this.#plan.count && this.#open.size === 0) this.#finish();
  }

  /** Bottlenecks of a path show one after the other. */
  #sendAgain(echo: Echo, error: IcmpError): boolean {
    if (!this.#plan.mayFragment || meaningOf(error).reason !== 'packet_too_big') return false;
    if (this.#sentAgain === MOST_SENT_AGAIN) return false;
    this.#sentAgain++;
    try {
      this.#deps.channel.send(echo);
      return true;
    } catch (sendError) {
      this.#sendError ??= sendError instanceof Error ? sendError : new Error(textOf(sendError));
      return false;
    }
  }

  readonly #finish = (): void => {
    const { channel, signal } = this.#deps;
    signal.removeEventListener('abort', this.#finish);
    this.#stopTimer?.();
    for (const echo of this.#open) channel.forget(echo);
    this.#resolve({
      sent: this.#sent,
      replies: this.#replies.sort((a, b) => a.index - b.index),
      ...(this.#icmpError !== undefined && { icmpError: this.#icmpError }),
      ...(this.#sendError !== undefined && { sendError: this.#sendError }),
    });
  };
}
