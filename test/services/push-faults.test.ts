import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { REPOSITORY, startSonde } from '../helpers/peer.js';
import { workDone } from '../helpers/push/kill-rounds.js';
import { type ChildService, startChildService } from '../helpers/services/child-service.js';
import { answerTo, httpGet } from '../helpers/services/http-get.js';
import { mountSmall } from '../helpers/small-file-system.js';
import { until } from '../helpers/until.js';

t.setTimeout(300_000);

const start = (file: string): Promise<ChildService> =>
  startSonde([`--persistence.file=${file}`], { command: 'pushgateway' });
const push = (service: ChildService, job: string) =>
  httpGet(service.address, `/metrics/job/${job}`, { method: 'PUT', body: 'work_done 1\n' });
const isReady = async ({ address }: ChildService): Promise<boolean> =>
  (await httpGet(address, '/-/ready')).status === 200;

const mount = mountSmall(t);
const skip = mount === undefined ? 'no file system can be mounted here' : false;

/** What may be wrong with a file system when the service starts, and what mends it. */
const FAULTS: readonly (readonly [
  name: string,
  says: RegExp,
  begin: (mount: string) => void,
  end: (mount: string) => void,
])[] = [
  [
    'a full disk',
    /[Nn]o space left on device/,
    (mount) => {
      const filling = spawnSync('dd', ['if=/dev/zero', `of=${join(mount, 'filling')}`, 'bs=1k']);
      if (filling.status === 0) throw new Error('the disk is not full');
    },
    (mount) => {
      rmSync(join(mount, 'filling'));
    },
  ],
  [
    'a disk that cannot be written',
    /[Rr]ead-only file system/,
    (mount) => void spawnSync('mount', ['-o', 'remount,ro', mount]),
    (mount) => void spawnSync('mount', ['-o', 'remount,rw', mount]),
  ],
];

for (const [name, says, begin, end] of FAULTS) {
  t.test(`a start on ${name}: it says so, refuses pushes, and goes on when that is over`, { skip }, async (t) => {
    if (mount === undefined) throw new Error('nothing is mounted');
    for (const isNew of [true, false]) {
      const folder = join(mount, 'store.leveldb');
      if (isNew) rmSync(folder, { recursive: true, force: true });
      begin(mount);
      const service = await start(join(mount, 'store'));
      t.teardown(() => service.stop());
      const logged = new RegExp(`level=ERROR.*cannot use the store .*${folder}.*${says.source}`);
      t.match(service.output(), logged, 'in the log, with the folder');
      t.match(await httpGet(service.address, '/-/ready'), { status: 503, text: says });
      t.match(await push(service, 'refused'), { status: 503, text: says });
      t.match(await httpGet(service.address, '/metrics'), { status: 503, text: says }, 'nobody knows what was kept');
      end(mount);
      await until(() => isReady(service), 'it is ready');
      await until(() => /level=INFO msg="The store can be used now"/.test(service.output()), 'the log says so');
      t.match(await push(service, 'b'), { status: 200 });
      t.same([...(await workDone(service.address)).keys()], isNew ? ['b'] : ['a', 'b'], 'what was kept before, too');
      if (isNew) await httpGet(service.address, '/metrics/job/b', { method: 'DELETE' });
      if (isNew) await push(service, 'a');
      await service.stop();
    }
  });
}

t.test('without descriptors a push is refused and nothing of it stays; with them it goes on', async (t) => {
  const file = join(t.testdir(), 'store');
  const limited = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, `${REPOSITORY}/bin/sonde`, 'pushgateway'];
  const service = await startChildService({
    command: 'sh',
    args: [...limited, '--web.listen-address=127.0.0.1:0', `--persistence.file=${file}`],
    ready: /Listening on" address=(\S+)/,
  });
  t.teardown(() => service.stop());
  const [host = '', port = ''] = service.address.split(':');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => {
    agent.destroy();
  });
  const pushAgain = (job: string) =>
    answerTo(request({ agent, host, port, path: `/metrics/job/${job}`, method: 'PUT' }), 'work_done 1\n');
  t.match(await pushAgain('before'), { status: 200 });
  const others: Socket[] = [];
  t.teardown(() => {
    for (const other of others) other.destroy();
  });
  const isRefused = async (): Promise<boolean> => {
    for (let count = 0; count < 20; count++) others.push(connect(Number(port), host).on('error', () => undefined));
    const { status, text } = await pushAgain('refused');
    return status === 503 && /too many open files/i.test(text);
  };
  await until(isRefused, 'no descriptor is left');
  for (const other of others) other.destroy();
  await until(() => isReady(service), 'it is ready');
  t.match(await pushAgain('after'), { status: 200 });
  const kept = [...(await workDone(service.address)).keys()];
  t.ok(kept.includes('before') && kept.includes('after'));
  await service.stop();
  const next = await start(file);
  t.teardown(() => next.stop());
  t.same([...(await workDone(next.address)).keys()], kept, 'what is shown is what is kept');
});
