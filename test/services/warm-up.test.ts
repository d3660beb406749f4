import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { allProbers } from '../../src/probers/all-probers.js';
import { warmUp } from '../../src/services/prober/warm-up/warm-up.js';
import { systemClock } from '../../src/values/clock.js';
import { startSonde } from '../helpers/peer.js';
import { httpGet } from '../helpers/services/http-get.js';
import { testProberDeps } from '../helpers/services/prober-deps.js';

const ALL = new Set(allProbers(testProberDeps()).map(({ name }) => name));
const parts = {
  clock: systemClock,
  prepare: () => Promise.resolve(),
  probersWith: (server: string) => allProbers(testProberDeps({ dnsServers: [server] })),
  limitSeconds: 60,
};

t.test('a probe of each kind succeeds against the process itself', async (t) => {
  const verdicts = await warmUp({ ...parts, wanted: ALL });
  const expected = [
    'http',
    'http2',
    'tcp',
    'icmp',
    'dns',
    'websocket',
    'grpc',
    'tls',
    'unix',
    'nginx',
    'redis',
    'dns_tcp',
  ];
  t.strictSame([...verdicts.keys()], expected);
  // Whether pings are allowed is not up to us.
  t.strictSame(
    [...verdicts].filter(([name, verdict]) => verdict !== 'ok' && name !== 'icmp'),
    [],
  );
});

t.test('only what the configuration uses', async (t) => {
  t.strictSame([...(await warmUp({ ...parts, wanted: new Set(['dns']) })).keys()], ['dns', 'dns_tcp']);
  t.strictSame([...(await warmUp({ ...parts, wanted: new Set() })).keys()], []);
});

t.test('whatever fails fails in silence', async (t) => {
  const rows = [
    { name: 'no roots', broken: { prepare: () => Promise.reject(new Error('no roots')) } },
    {
      name: 'no probers',
      broken: {
        probersWith: () => {
          throw new Error('no probers');
        },
      },
    },
  ];
  for (const { name, broken } of rows) t.equal((await warmUp({ ...parts, ...broken, wanted: ALL })).size, 0, name);
  const nameless = { probersWith: () => allProbers(testProberDeps({ dnsServers: ['127.0.0.1:1'] })) };
  const verdicts = await warmUp({ ...parts, ...nameless, wanted: new Set(['tcp']) });
  t.strictSame(verdicts.get('tcp'), 'failed', 'no name server: the probe fails, and nothing else');
});

t.test('nothing goes on once the time is up', async (t) => {
  let expire = (): void => undefined;
  const clock = {
    ...systemClock,
    after: (seconds: number, action: () => void) => {
      if (seconds !== 1) return systemClock.after(seconds, action);
      expire = action;
      return () => undefined;
    },
  };
  const prepare = async (): Promise<void> => {
    expire();
  };
  t.equal((await warmUp({ ...parts, clock, prepare, limitSeconds: 1, wanted: ALL })).size, 0);
});

/** The modules of Node that are loaded while one probe of each kind runs, with or without a warm-up before. */
async function loadedLate(warm: boolean): Promise<readonly string[]> {
  const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { warmUp } from ${url('../../src/services/prober/warm-up/warm-up.js')};
    import { allProbers } from ${url('../../src/probers/all-probers.js')};
    import { systemClock } from ${url('../../src/values/clock.js')};
    import { testProberDeps } from ${url('../helpers/services/prober-deps.js')};
    const parts = {
      clock: systemClock,
      prepare: () => Promise.resolve(),
      probersWith: (server) => allProbers(testProberDeps({ dnsServers: [server] })),
      wanted: new Set(${JSON.stringify([...ALL])}),
      limitSeconds: 60,
    };
    if (${warm}) await warmUp(parts);
    const before = new Set(process.moduleLoadList);
    await warmUp(parts);
    console.log(JSON.stringify(process.moduleLoadList.filter((name) => !before.has(name))));
    process.exit();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = child.stdout.setEncoding('utf8').toArray();
  await once(child, 'close');
  return JSON.parse((await printed).join('')) as readonly string[];
}

t.test('the first probe loads nothing any more', async (t) => {
  t.not((await loadedLate(false)).length, 0, 'without a warm-up it does');
  t.strictSame(await loadedLate(true), []);
});

t.test('a service that has just started knows of no probe', async (t) => {
  const folder = t.testdir({
    'blackbox.yml':
      'modules: {http: {prober: http}, tcp: {prober: tcp}, dns: {prober: dns, dns: {query_name: x.test}}}',
  });
  const sonde = await startSonde([`--config.file=${folder}/blackbox.yml`]);
  t.teardown(() => sonde.stop());
  const { text } = await httpGet(sonde.address, '/metrics');
  t.match(text, /^process_cpu_seconds_total /m);
  t.notMatch(text, /_total\{[^}]*module=/);
  t.notMatch((await httpGet(sonde.address, '/')).text, /warm-up|logs\?id=/);
});
