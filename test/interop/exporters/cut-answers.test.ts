import t, { type Test } from 'tap';
import { startSonde } from '../../helpers/peer.js';
import { type Damage, startCuttingRelay } from '../../helpers/servers/cutting-relay.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startPostgres, startRedis } from '../servers/databases.js';
import { startMariadbServer } from '../servers/mariadb-load.js';
import { findServer, makePlace, type Place, writeFor } from '../servers/real-server.js';

t.setTimeout(500_000);

/** Every place is tried at the beginning, where the handshake is; then places that are this many bytes apart. */
const EVERY_BYTE = 200;
const STRIDE = 1009;
const ACTS = ['close', 'reset', 'flip', 'insert'] as const;

interface Case {
  readonly prober: 'redis' | 'mysql' | 'postgres';
  readonly up: string;
  readonly needs: readonly string[];
  /** Starts the server; resolves with its port and the module that asks it. */
  readonly start: (t: Test, place: Place) => Promise<{ readonly port: string; readonly module: object }>;
}

const found = (name: string) => {
  const server = findServer(name);
  if (server === undefined) throw new Error(`${name} is not here`);
  return server;
};
const portOf = (target: string): string => target.slice(target.lastIndexOf(':') + 1);

const CASES: readonly Case[] = [
  {
    prober: 'redis',
    up: 'redis_up',
    needs: ['redis-server'],
    start: async (t, place) => {
      const { plain } = await startRedis(t, found('redis-server'), place);
      return { port: portOf(plain), module: { client_list: true } };
    },
  },
  {
    prober: 'postgres',
    up: 'pg_up',
    needs: ['postgres', 'initdb'],
    start: async (t, place) => {
      const { target } = await startPostgres(t, [found('postgres'), found('initdb')], place);
      const queries = { mine: { query: 'SELECT 1 AS a' } };
      return {
        port: portOf(target),
        module: { username: 'postgres', password: 'x', credentials_for: ['127.0.0.1'], queries },
      };
    },
  },
  {
    prober: 'mysql',
    up: 'mysql_up',
    needs: ['mariadbd'],
    start: async (t, place) => {
      const { target } = await startMariadbServer(t, found('mariadbd'), place);
      return { port: portOf(target), module: { username: 'root' } };
    },
  },
];

for (const { prober, up, needs, start } of CASES) {
  const missing = needs.filter((name) => findServer(name) === undefined);
  const skip = missing.length > 0 && `not here: ${missing.join(', ')} (see .ci/servers)`;
  t.test(`${prober}: answers that end or change at each place`, { skip }, async (t) => {
    const place = await makePlace(t);
    const { port, module } = await start(t, place);
    let damage: Damage = { act: 'none', at: 0 };
    const relay = await startCuttingRelay(t, Number(port), () => damage);
    const timed = (timeout: string) => ({ prober, timeout, [prober]: module });
    const modules = { modules: { m: timed('2s'), patient: timed('60s') } };
    const ours = await startSonde([`--config.file=${writeFor(place.folder, 'blackbox.yml', JSON.stringify(modules))}`]);
    t.teardown(() => ours.stop());
    const path = `/probe?module=m&target=127.0.0.1:${relay.port}`;
    const patient = path.replace('module=m', 'module=patient');
    const whole = await httpGet(ours.address, patient);
    t.match(whole.text, new RegExp(`^${up} 1$`, 'm'), 'the whole answer');
    const length = relay.passed();
    const wrong: string[] = [];
    let tried = 0;
    for (let at = 0; at < length; at += at < EVERY_BYTE ? 1 : STRIDE) {
      for (const act of at < EVERY_BYTE ? ACTS.slice(0, 1) : ACTS) {
        damage = { act, at };
        tried++;
        const { status, text } = await httpGet(ours.address, path);
        const isUp = new RegExp(`^${up} 1$`, 'm').test(text);
        // What is cut off is never taken for a whole answer. The very last bytes may be those of the farewell.
        const isCut = act === 'close' || act === 'reset';
        if (status !== 200 || (isCut && isUp && at < length - STRIDE)) wrong.push(`${act} at ${at}: ${status} ${isUp}`);
      }
    }
    t.same(wrong, [], `${tried} damaged answers of ${length} bytes`);
    damage = { act: 'none', at: 0 };
    const after = await httpGet(ours.address, patient);
    t.match(after.text, new RegExp(`^${up} 1$`, 'm'), 'the next probe is whole');
    const { text } = await httpGet(ours.address, '/metrics');
    t.match(text, /^sonde_internal_errors_total 0$/m, 'no bug was met');
  });
}
