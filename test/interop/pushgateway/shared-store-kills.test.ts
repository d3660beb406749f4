import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { startSonde } from '../../helpers/peer.js';
import { workDone } from '../../helpers/push/kill-rounds.js';
import type { ChildService } from '../../helpers/services/child-service.js';
import { type HttpAnswer, httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';
import { onEachStore, startSharedRedis } from '../servers/shared-redis.js';

t.setTimeout(500_000);

const INSTANCES = 3;
const CLIENTS = 6;
/** In each of them an instance is killed, and in every other one Redis as well. */
const ROUNDS = 6;

/**
 * What a client was told is done, and what may be besides: pushes without an answer, or with one that does not know.
 */
interface Client {
  readonly job: string;
  readonly isSum: boolean;
  asked: number;
  acknowledged: number;
  most: number;
}

function outcomeOf(answer: unknown): 'done' | 'not done' | 'perhaps' {
  if (answer instanceof Error) return 'code' in answer && answer.code === 'ECONNREFUSED' ? 'not done' : 'perhaps';
  const { status, text } = answer as HttpAnswer;
  if (status === 200) return 'done';
  return status === 503 && text.startsWith('nothing was changed') ? 'not done' : 'perhaps';
}

onEachStore(
  t,
  'instances and the server are killed with -9: nothing that was answered is lost, no sum counts twice',
  async (t, redis) => {
    const server = await startSharedRedis(t, redis);
    const start = (): Promise<ChildService> =>
      startSonde([`--push.store=redis://${server.address}`], { command: 'pushgateway' });
    const services = await Promise.all(Array.from({ length: INSTANCES }, start));
    t.teardown(() => Promise.all(services.map((service) => service.stop('SIGKILL'))));
    const clients: Client[] = Array.from({ length: CLIENTS }, (_, index) => {
      return { job: `job${index}`, isSum: index % 2 === 1, asked: 0, acknowledged: 0, most: 0 };
    });
    let isOver = false;
    let answers = 0;
    const work = async (client: Client): Promise<void> => {
      for (let turn = 0; !isOver; turn++) {
        const { address } = services[turn % INSTANCES]!;
        client.asked += 1;
        const body = `# TYPE work_done counter\nwork_done ${client.isSum ? 1 : client.asked}\n`;
        const path = `/metrics/job/${client.job}${client.isSum ? '?aggregate=sum' : ''}`;
        const answer = await httpGet(address, path, { method: 'POST', body }).catch((error: unknown) => error);
        const outcome = outcomeOf(answer);
        if (outcome !== 'not done') client.most = client.isSum ? client.most + 1 : client.asked;
        if (outcome === 'done') {
          client.acknowledged = client.isSum ? client.acknowledged + 1 : client.asked;
          answers += 1;
        } else await sleep(20);
      }
    };
    const working = clients.map(work);
    for (let round = 0; round < ROUNDS; round++) {
      const before = answers;
      await until(() => answers > before + 30, 'answers');
      const index = round % INSTANCES;
      await services[index]!.stop('SIGKILL');
      if (round % 2 === 1) {
        await server.kill();
        await server.start();
      }
      services[index] = await start();
    }
    isOver = true;
    await Promise.all(working);
    for (const { address } of services) {
      await until(async () => (await httpGet(address, '/-/ready')).status === 200, 'readiness');
      const done = await workDone(address);
      for (const { job, acknowledged, most } of clients) {
        const value = done.get(job) ?? 0;
        t.ok(value >= acknowledged && value <= most, `${job}: ${acknowledged} <= ${value} <= ${most}`);
      }
    }
    t.ok(answers > 30 * ROUNDS, `${answers} answers`);
  },
);
