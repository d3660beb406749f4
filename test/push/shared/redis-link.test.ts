import t, { type Test } from 'tap';
import { RedisLink } from '../../../src/push/shared/redis-link.js';
import { RedisStore } from '../../../src/push/shared/redis-store.js';
import { BEGINNING } from '../../../src/push/shared/shared-store.js';
import { parseStoreUrl } from '../../../src/push/shared/store-url.js';
import { systemClock } from '../../../src/values/clock.js';
import { bulk, type RedisAnswer, SMALL_INFO, startRedisServer } from '../../helpers/servers/redis-server.js';

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
  const commit = { id: 'c', at: BEGINNING, doubtful: [], put: new Map(), remove: [] };
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
  const link = new RedisLink({
    url: parseStoreUrl(`redis://${address}/77`),
    passwordFile: '',
    tls: { ca: '', cert: '', key: '' },
  });
  t.teardown(() => {
    link.close();
  });
  await t.rejects(link.ask('PING', []), { message: /DB index is out of range/, isDoubtful: false });
});

t.test('what a server repeats of the password is shown to nobody, nor more than some of what it says', async (t) => {
  const said = async (answer: string, password: string): Promise<string> => {
    const { target } = await startRedisServer(t, (name) => (/^auth /i.test(name) ? `-${answer}\r\n` : '+OK\r\n'));
    const link = new RedisLink({
      ...{
        url: parseStoreUrl(`redis://me:${password}@${target}`),
        passwordFile: '',
        tls: { ca: '', cert: '', key: '' },
      },
    });
    t.teardown(() => {
      link.close();
    });
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
