import { setTimeout as sleep } from 'node:timers/promises';
import { readExposition } from '../exposition.js';
import type { ChildService } from '../services/child-service.js';
import { httpGet } from '../services/http-get.js';

/** How many clients push at the same time, each to a group of its own. */
const PUSHERS = 8;
/** Groups that are deleted all at once, and the series of a push that is worked through in turns. */
const CROWD = 100;
const LARGE_SERIES = 5000;

/** When the service is killed: after so many answers, or after so many milliseconds. */
export type KillMoment = { readonly answers: number } | { readonly milliseconds: number };

/** What one client did last: what it was told is done, and what it asked for and has no answer to, perhaps. */
interface Client {
  readonly job: string;
  acknowledged: number | undefined;
  asked: number | undefined;
}

/** The value of `work_done` in each job. */
export async function workDone(address: string): Promise<ReadonlyMap<string, number>> {
  const series =
    readExposition((await httpGet(address, '/metrics')).text).get('work_done')?.series ?? new Map<string, string>();
  return new Map([...series].map(([name, value]) => [/job="([^"]*)"/.exec(name)?.[1] ?? '', Number(value)]));
}

/** What a round showed: the answers that were given in it, and what is not as it was answered. */
export interface KillRound {
  readonly answers: number;
  readonly faults: readonly string[];
}

/**
 * Clients that push, replace and delete groups of a service with a store on disk, the first of them large ones, one of
 * them many at once, while the service is killed (SIGKILL) and started again.
 */
export class KillRounds {
  readonly #start: () => Promise<ChildService>;
  readonly #clients: readonly Client[];
  #service: ChildService | undefined;
  #round = 0;

  constructor(start: () => Promise<ChildService>) {
    this.#start = start;
    this.#clients = Array.from({ length: PUSHERS }, (_, index) => ({
      job: `job${index}`,
      acknowledged: undefined,
      asked: undefined,
    }));
  }

  /** One life of the service, up to that moment, and what is there in the next. */
  async run(moment: KillMoment): Promise<KillRound> {
    const service = (this.#service ??= await this.#start());
    const first = this.#round++ * 10_000;
    let answers = 0;
    const kill = (): void => {
      process.kill(service.pid, 'SIGKILL');
    };
    const onAnswer = (): void => {
      answers += 1;
      if ('answers' in moment && answers === moment.answers) kill();
    };
    const pushing = [
      ...this.#clients.map((client, index) =>
        pushUntilGone(service.address, client, { first, isLarge: index === 0, onAnswer }),
      ),
      deleteCrowdsUntilGone(service.address),
    ];
    if ('milliseconds' in moment) await sleep(moment.milliseconds).then(kill);
    await Promise.all(pushing);
    await service.stop('SIGKILL');
    this.#service = await this.#start();
    return { answers, faults: await this.#faults(this.#service.address) };
  }

  async stop(): Promise<void> {
    await this.#service?.stop('SIGKILL');
  }

  async #faults(address: string): Promise<readonly string[]> {
    const kept = await workDone(address);
    const faults: string[] = [];
    for (const client of this.#clients) {
      const { job, acknowledged, asked } = client;
      const value = kept.get(job);
      // What was asked for and not answered may have been done, or not.
      if (![acknowledged, asked].includes(value)) {
        faults.push(`${job} has ${value}, was told ${acknowledged}, asked for ${asked}`);
      }
      client.acknowledged = client.asked = value;
    }
    return faults;
  }
}

interface Pushing {
  readonly first: number;
  readonly isLarge: boolean;
  readonly onAnswer: () => void;
}

/** Pushes numbers that count up, and every seventh time deletes the group, until the service is gone. */
async function pushUntilGone(address: string, client: Client, { first, isLarge, onAnswer }: Pushing): Promise<void> {
  const path = `/metrics/job/${client.job}`;
  const more = isLarge ? Array.from({ length: LARGE_SERIES }, (_none, nth) => `large{n="${nth}"} 1\n`).join('') : '';
  for (let value = first; ; value++) {
    const isDeletion = value % 7 === 6;
    client.asked = isDeletion ? undefined : value;
    const body = `work_done ${value}\n# TYPE other summary\nother{quantile="0.5"} NaN\nother_sum ${value}\nother_count 1\n${more}`;
    const answer = await httpGet(address, path, isDeletion ? { method: 'DELETE' } : { method: 'PUT', body }).catch(
      () => undefined,
    );
    if (answer === undefined) return;
    if (answer.status !== (isDeletion ? 202 : 200)) throw new Error(`${answer.status} ${answer.text}`);
    client.acknowledged = client.asked;
    onAnswer();
  }
}

/** Pushes many groups and deletes them at once, which is worked through in turns with all other pushes. */
async function deleteCrowdsUntilGone(address: string): Promise<void> {
  const gone = Symbol('gone');
  const send = (method: string, path: string, body?: string) =>
    httpGet(address, path, { method, ...(body !== undefined && { body }) }).catch(() => gone);
  const selector = encodeURIComponent('{job=~"crowd.*"}');
  for (;;) {
    const pushes = Array.from({ length: CROWD }, (_none, nth) => send('PUT', `/metrics/job/crowd${nth}`, 'x 1\n'));
    if ((await Promise.all(pushes)).includes(gone)) return;
    if ((await send('DELETE', `/api/v1/groups?match[]=${selector}`)) === gone) return;
  }
}
