import t, { type Test } from 'tap';
import { RedisLink } from '../../../src/push/shared/redis-link.js';
import { RedisStore } from '../../../src/push/shared/redis-store.js';
import { BEGINNING } from '../../../src/push/shared/shared-store.js';
import { parseStoreUrl } from '../../../src/push/shared/store-url.js';
import { systemClock } from '../../../src/values/clock.js';
import { bulk, type RedisAnswer, SMALL_INFO, startRedisServer } from '../../helpers/servers/redis-server.js';
import { until } from '../../helpers/until.js';

/** A link without files, closed when the test ends. */
function linkTo(t: Test, url: string): RedisLink {
  const link = new RedisLink({ url: parseStoreUrl(url), passwordFile: '', tls: { ca: '', cert: '', key: '' } });
  t.teardown(() => {
    link.close();
  });
  return link;
}

const ANSWERS: Readonly<Record<string, readonly [string, RegExp]>> = {
  'a text of 10 GB': ['$10000000000\r\n', /reply that is too large/],
  'a list of a hundred millions': ['*100000000\r\n', /list that is too long/],
  'a million lists': ['*1\r\n'.repeat(1_000_000), /lists that are too deep/],
  garbage: ['\0\x01hello\r\n', /begins with/],
  'an error': ['-OOM command not allowed\r\n', /answers OOM command not allowed/],
  'no list': ['+OK\r\n', /no list/],
  'an empty list': ['*0\r\n', /no text at 0/],
  'another format': [`*2\r\n${bulk('format')}${bulk('2')}`, /has the format 2/],
  'a number beyond all': [
    `*10\r\n${bulk('ok')}*0\r\n${bulk('9'.repeat(40))}${bulk('').repeat(2)}${bulk('1').repeat(4)}*0\r\n`,
    /no number at 2/,
  ],
  'half a record': [
    `*10\r\n${bulk('ok')}*0\r\n${bulk('1')}${bulk('').repeat(2)}${bulk('1').repeat(4)}*1\r\n${bulk('a')}`,
    /no records/,
  ],
  'more of nothing': [
    `*10\r\n${bulk('ok')}*0\r\n${bulk('1')}${bulk('').repeat(2)}${bulk('1').repeat(4)}*0\r\n`,
    /no records, and more of them/,
  ],
};

async function storeOf(t: Test, answer: RedisAnswer): Promise<RedisStore> {
  const { target: address } = await startRedisServer(t, (name, socket) =>
    /^info$/i.test(name) ? bulk(SMALL_INFO) : answer(name, socket),
  );
  const store = new RedisStore({
    url: parseStoreUrl(`redis://${address}`),
    passwordFile: '',
    tls: { ca: '', cert: '', key: '' },
    waitReplicas: 0,
    clock: systemClock,
  });
  t.teardown(store.close);
  return store;
}

t.test('a server that answers with anything costs an error, no memory and no process', async (t) => {
  for (const [name, [answer, message]] of Object.entries(ANSWERS)) {
    const store = await storeOf(t, (command) => (command.startsWith('EVALSHA') ? answer : '+OK\r\n'));
    await t.rejects(store.changes(BEGINNING, []), { name: 'StoreProblem', message }, name);
  }
});

t.test('a connection that breaks in an answer leaves it open whether that was done', async (t) => {
  let isBroken = true;
  const store = await storeOf(t, (command, socket) => {
    if (!command.startsWith('EVALSHA')) return '+OK\r\n';
    if (isBroken) socket.destroy();
    return `*6\r\n${bulk('ok')}${bulk('1')}${bulk('c')}${bulk('e')}${bulk('1')}${bulk('2')}`;
  });
  const put = new Map([['a record', Buffer.from('its bytes')]]);
  const commit = { id: 'c', at: BEGINNING, doubtful: [], put, remove: [] };
  const problem = { name: 'StoreProblem', isDoubtful: true, message: /did not answer: the connection was closed$/ };
  // Both wait on the connection that the server closes.
  await Promise.all([t.rejects(store.commit(commit), problem), t.rejects(store.changes(BEGINNING, []), problem)]);
  isBroken = false;
  t.match(
    await store.commit(commit),
    { kind: 'done', position: { version: 1, commit: 'c', epoch: 'e' } },
    'the next connects',
  );
});

t.test('a database that there is not is no other database', async (t) => {
  const { target: address } = await startRedisServer(t, (name) => {
    if (/^select /i.test(name)) return '-ERR DB index is out of range\r\n';
    return /^info$/i.test(name) ? bulk(SMALL_INFO) : '+OK\r\n';
  });
  const link = linkTo(t, `redis://${address}/77`);
  await t.rejects(link.ask('PING', []), { message: /DB index is out of range/, isDoubtful: false });
});

t.test('what a server repeats of the password is shown to nobody, nor more than some of what it says', async (t) => {
  const said = async (answer: string, password: string): Promise<string> => {
    const { target } = await startRedisServer(t, (name) => (/^auth /i.test(name) ? `-${answer}\r\n` : '+OK\r\n'));
    const link = linkTo(t, `redis://me:${password}@${target}`);
    return link.ask('PING', []).then(
      () => 'it was taken',
      (error: unknown) => String(error),
    );
  };
  // So does Redis where AUTH has another name (rename-command); it cuts off what is longer than 128 characters.
  const unknown = await said("ERR unknown command 'auth', with args beginning with: 'me' 'sesam", 'sesame');
  t.match(unknown, /cannot be reached: ERR unknown command 'auth'$/);
  t.match(await said('ERR sesame is no password', 'sesame'), /ERR <secret> is no password/);
  t.ok((await said(`ERR ${'x'.repeat(5000)}`, 'sesame')).length < 700);
});

const slots = (...ranges: readonly string[]): string => `*${ranges.length}\r\n${ranges.join('')}`;
const NODE = `*2\r\n${bulk('127.0.0.1')}:1\r\n`;

/** The answers of a cluster to CLUSTER SLOTS, and what is said of them. */
const SLOTS: Readonly<Record<string, readonly [string, RegExp]>> = {
  nothing: ['$-1\r\n', /no list/],
  'a text': ['+OK\r\n', /no list/],
  'a range of nothing': [slots('$-1\r\n'), /a range that is none/],
  'a node of nothing': [slots('*3\r\n:0\r\n:1\r\n$-1\r\n'), /a node that is none/],
  'a trillion slots': [slots(`*3\r\n:0\r\n:999999999999\r\n${NODE}`), /a slot that there is not/],
  'all slots, thousands of times': [slots(...Array<string>(5000).fill(`*3\r\n:0\r\n:16383\r\n${NODE}`)), /overlap/],
  'thousands of nodes': [
    slots(
      ...Array.from({ length: 3000 }, (_, at) => `*3\r\n:${at}\r\n:${at}\r\n*2\r\n${bulk('127.0.0.1')}:${at + 1}\r\n`),
    ),
    /more than 2000 nodes/,
  ],
};

/** A link to a cluster of one node, which answers all but CLUSTER SLOTS with `answer`. */
async function clusterLink(
  t: Test,
  slotsOf: (port: number) => string,
  answer: RedisAnswer = () => '+OK\r\n',
): Promise<RedisLink> {
  let port = 0;
  const { target } = await startRedisServer(t, (name, socket) => {
    if (/^info$/i.test(name)) return bulk(SMALL_INFO);
    return /^cluster slots$/i.test(name) ? slotsOf(port) : answer(name, socket);
  });
  port = Number(target.split(':').at(-1));
  return linkTo(t, `redis://${target}/?cluster=true`);
}

t.test('a cluster that tells of slots and nodes what cannot be costs an error', async (t) => {
  for (const [name, [answer, message]] of Object.entries(SLOTS)) {
    const link = await clusterLink(t, () => answer);
    await t.rejects(link.ask('GET', ['a']), { name: 'StoreProblem', message }, name);
  }
});

t.test('a node that redirects to what is no slot changes nothing here', async (t) => {
  const one = (port: number): string => slots(`*3\r\n:0\r\n:16383\r\n*2\r\n${bulk('127.0.0.1')}:${port}\r\n`);
  for (const redirection of ['MOVED __proto__ 127.0.0.1:1', 'MOVED', 'ASK 5', 'MOVED 5 nowhere']) {
    const link = await clusterLink(t, one, (name) => (name.startsWith('GET') ? `-${redirection}\r\n` : '+OK\r\n'));
    await t.rejects(link.ask('GET', ['a']), { isDoubtful: true, message: /a redirection that is none/ }, redirection);
    t.equal(Object.keys(Array.prototype).length, 0, `${redirection}: all lists are as they were`);
  }
});

t.test('a reply to nothing breaks the connection, and the next question makes another one', async (t) => {
  for (const unasked of ['$-1\r\n', '+OK\r\n'.repeat(10_000)]) {
    const { target } = await startRedisServer(t, (name) => {
      if (/^info$/i.test(name)) return bulk(SMALL_INFO);
      return name === 'GET a' ? `+OK\r\n${unasked}` : '+OK\r\n';
    });
    const link = linkTo(t, `redis://${target}`);
    await link.ask('GET', ['a']).catch(() => undefined);
    await until(async () => (await link.ask('GET', ['b'])) !== undefined, 'it is asked again');
  }
});

t.test('an INFO without end is refused, by what it may be and not by what there is memory for', async (t) => {
  for (const [info, message] of [
    [bulk('a:b\r\n'.repeat(300_000)), /INFO is too long/],
    ['$100000000\r\n', /reply that is too large/],
  ] as const) {
    const { target } = await startRedisServer(t, (name) => (/^info$/i.test(name) ? info : '+OK\r\n'));
    const link = linkTo(t, `redis://${target}`);
    await t.rejects(link.ask('GET', ['a']), { name: 'StoreProblem', message });
  }
});

t.test('an answer to another change acknowledges none', async (t) => {
  const commit = { id: 'c', at: BEGINNING, doubtful: [], put: new Map([['a', Buffer.from('b')]]), remove: ['d'] };
  for (const [version, id] of [
    ['2', 'other'],
    ['1', 'c'],
    ['3', 'c'],
  ] as const) {
    const answer = `*6\r\n${bulk('ok')}${bulk(version)}${bulk(id)}${bulk('e')}${bulk('1')}${bulk('2')}`;
    const store = await storeOf(t, (command) => (command.startsWith('EVALSHA') ? answer : '+OK\r\n'));
    await t.rejects(store.commit(commit), { isDoubtful: true, message: /a state that this change does not lead to/ });
  }
});
