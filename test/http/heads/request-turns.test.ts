import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import t, { type Test } from 'tap';
import { RequestTurns } from '../../../src/http/heads/request-turns.js';
import { LoopTurns } from '../../../src/values/loop-turns.js';
import { until } from '../../helpers/until.js';

/** Turns of a loop that goes on when `next` is called; a turn is over once `now` has moved. */
class ManualLoop {
  now = 0;
  readonly #deferred: (() => void)[] = [];
  readonly defer = (callback: () => void): void => {
    this.#deferred.push(callback);
  };
  readonly turns = new LoopTurns({
    nowMs: () => this.now,
    defer: this.defer,
  });

  /** The next turn, with all that promises do in it. */
  async next(): Promise<void> {
    for (const callback of this.#deferred.splice(0)) callback();
    await new Promise(setImmediate);
  }
}

/** After these a turn is over, and after those nothing more is read in it, either. */
const [OVER_MS, LONG_MS] = [3, 5];

interface Prepared {
  readonly loop: ManualLoop;
  /** What was taken, in order. */
  readonly taken: string[];
  readonly sockets: readonly Socket[];
  /** Has bytes come from a connection; taking them takes so long. */
  readonly send: (index: number, text: string, ms?: number) => void;
  /** How long each of them had waited, in milliseconds. */
  readonly waited: number[];
  /** A connection has come. */
  readonly connected: () => void;
  readonly requests: RequestTurns;
}

function prepare(t: Test): Prepared {
  const loop = new ManualLoop();
  const requests = new RequestTurns(loop.turns, () => loop.now, loop.defer);
  const taken: string[] = [];
  const waited: number[] = [];
  const sockets = Array.from({ length: 3 }, () => new Socket());
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  const send = (index: number, text: string, ms = 0): void => {
    const [socket = new Socket()] = sockets.slice(index);
    requests.pass(socket, Buffer.from(text), (bytes, waitedMs) => {
      taken.push(bytes.toString());
      waited.push(waitedMs);
      loop.now += ms;
    });
  };
  const connected = (): void => {
    requests.connected(new Socket());
  };
  return { loop, taken, waited, sockets, send, connected, requests };
}

t.test('what comes while a turn lasts is taken at once', (t) => {
  const { taken, sockets, send } = prepare(t);
  for (const index of [0, 1, 2]) send(index, `${index}`);
  t.same(taken, ['0', '1', '2']);
  t.notOk(sockets.some((socket) => socket.isPaused()));
  t.end();
});

t.test('what comes after a long one waits for the next turn, in order', async (t) => {
  const { loop, taken, sockets, send } = prepare(t);
  send(0, 'long', LONG_MS);
  send(1, 'also long', LONG_MS);
  send(2, 'short');
  send(1, 'its rest');
  t.same(taken, ['long']);
  t.same(
    sockets.map((socket) => socket.isPaused()),
    [false, true, true],
    'nothing is read of who waits',
  );
  await loop.next();
  t.same(taken, ['long', 'also long'], 'one turn');
  await loop.next();
  t.same(taken, ['long', 'also long', 'short', 'its rest'], 'another');
  t.notOk(sockets.some((socket) => socket.isPaused()));
  await loop.next();
  send(0, 'later');
  t.equal(taken.at(-1), 'later', 'and at once again');
});

t.test('what a connection has sent that is gone is not taken', async (t) => {
  const { loop, taken, sockets, send } = prepare(t);
  send(0, 'long', LONG_MS);
  send(1, 'gone');
  send(2, 'there');
  sockets[1]?.destroy();
  await loop.next();
  send(1, 'gone');
  t.same(taken, ['long', 'there']);
});

t.test('what has begun goes first, for some turns', async (t) => {
  const { loop, taken, send } = prepare(t);
  let turns = 0;
  const goOn = async (): Promise<void> => {
    for (; turns < 100; turns++) await loop.turns.next();
  };
  send(0, 'long', LONG_MS);
  void goOn();
  send(1, 'waits');
  for (let turn = 0; turn < 4; turn++) await loop.next();
  t.same(taken, ['long']);
  for (let turn = 0; turn < 100 && taken.length === 1; turn++) await loop.next();
  t.same(taken, ['long', 'waits']);
  t.ok(turns >= 7 && turns < 20, `after ${turns} turns of others`);
});

/** So many who take a long turn each whenever they have one. */
function flood({ loop }: Prepared, count: number, had = 0): void {
  const goOn = async (): Promise<void> => {
    for (let turn = 0; turn < 1000; turn++) {
      loop.now += LONG_MS;
      await loop.turns.next(had);
    }
  };
  for (let nth = 0; nth < count; nth++) void goOn();
}

t.test('what is old is taken even if others never stop', async (t) => {
  const prepared = prepare(t);
  const { loop, taken, send } = prepared;
  send(0, 'long', LONG_MS);
  flood(prepared, 30);
  const asked = Array.from({ length: 20 }, (_, index) => `${index}`);
  for (const text of asked) send(0, text);
  t.same(taken, ['long'], 'the others wait');
  for (let turn = 0; turn < 120; turn++) await loop.next();
  t.same(taken, ['long', ...asked], 'not 30 × 8 turns for each');
});

t.test('those that are old share a turn, by time', async (t) => {
  const prepared = prepare(t);
  const { loop, taken, send } = prepared;
  send(0, 'long', LONG_MS);
  flood(prepared, 3);
  for (let index = 0; index < 10; index++) send(1, `${index}`, 0.5);
  loop.now += 1000;
  await loop.next();
  t.same(taken, ['long', '0', '1', '2', '3'], 'as many as take two milliseconds');
});

t.test('what comes waits for nobody who has had much time', async (t) => {
  const prepared = prepare(t);
  const { loop, taken, waited, send } = prepared;
  send(0, 'long', LONG_MS);
  flood(prepared, 30, 100);
  const asked = Array.from({ length: 8 }, (_, index) => `${index}`);
  for (const text of asked) send(0, text, LONG_MS);
  for (let turn = 0; turn < 24; turn++) await loop.next();
  t.same(taken, ['long', ...asked]);
  t.ok((waited.at(-1) ?? 0) >= 7 * LONG_MS, 'it knows how long it waited');
});

t.test('while a connection comes in each turn, all of them come before what they say', async (t) => {
  const { loop, taken, waited, send, connected } = prepare(t);
  connected();
  await loop.next();
  send(0, 'alone');
  t.same(taken, ['alone'], 'the first is alone as far as anybody knows');
  for (const text of ['1', '2', '3']) {
    connected();
    await loop.next();
    send(1, text);
    loop.now += 3;
  }
  t.same(taken, ['alone']);
  for (let turn = 0; turn < 3; turn++) await loop.next();
  t.same(taken, ['alone', '1', '2', '3']);
  t.same(waited, [0, 9, 6, 3]);
  await loop.next();
  connected();
  await loop.next();
  send(2, 'later');
  t.equal(taken.at(-1), 'later', 'nothing waits when they come now and then');
});

t.test('connections without end let requests pass once these are old', async (t) => {
  const { loop, taken, send, connected } = prepare(t);
  for (let turn = 0; turn < 100; turn++) {
    connected();
    await loop.next();
    loop.now += 10;
    if (turn === 5) send(0, 'asked');
  }
  t.same(taken, ['asked']);
});

t.test(
  'connections without end keep those waiting that come with the first of them, and nobody after that',
  async (t) => {
    const { loop, taken, waited, send, connected } = prepare(t);
    const goOn = async (ms: number): Promise<void> => {
      for (let turn = 0; turn * 10 < ms; turn++) {
        connected();
        loop.now += 10;
        await loop.next();
      }
    };
    await goOn(50);
    send(0, 'early');
    await goOn(300);
    send(1, 'in between');
    t.same(taken, []);
    await goOn(200);
    t.same(taken, ['early', 'in between']);
    send(2, 'late');
    t.same(taken.slice(2), ['late'], 'at once');
    t.ok((waited[1] ?? Infinity) < 100, `${waited[1]} ms`);
    await loop.next();
    await loop.next();
    await goOn(50);
    send(0, 'of the next crowd');
    t.equal(taken.length, 3, 'another crowd is waited for again');
    await goOn(500);
    t.equal(taken.length, 4);
  },
);

t.test('a bug in one request does not stop those that wait behind it', async (t) => {
  const { loop, taken, sockets, send, requests } = prepare(t);
  send(0, 'long', LONG_MS);
  const thrown: unknown[] = [];
  const hear = (error: unknown): void => void thrown.push(error);
  // tap listens, too.
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', hear);
  t.teardown(() => {
    process.removeAllListeners('uncaughtException');
    for (const other of others) process.on('uncaughtException', other);
  });
  const [, socket = new Socket()] = sockets;
  requests.pass(socket, Buffer.from('bug'), () => {
    throw new TypeError('a bug');
  });
  send(2, 'behind');
  await until(async () => {
    await loop.next();
    return taken.includes('behind');
  }, 'the request behind is taken');
  t.match(thrown, [{ name: 'TypeError', message: 'a bug' }], 'the process hears of it');
});

const CHUNK_BYTES = 64 * 1024;

interface Clients {
  /** The sides of the server. */
  readonly served: readonly Socket[];
  readonly clients: readonly Socket[];
}

/** Real connections whose bytes pass through `requests`; `take` gets them. */
async function connected(
  t: Test,
  { requests }: Prepared,
  count: number,
  take: (index: number, bytes: Buffer) => void,
): Promise<Clients> {
  const served: Socket[] = [];
  const server = createServer((socket) => {
    const index = served.push(socket) - 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      requests.pass(socket, bytes, (taken) => {
        take(index, taken);
      });
    });
    requests.connected(socket);
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  for (let nth = 0; nth < count; nth++) {
    const client = connect(port, '127.0.0.1').on('error', () => undefined);
    t.teardown(() => client.destroy());
    await once(client, 'connect');
    await until(() => served.length > nth, 'the server has the connection');
    clients.push(client);
  }
  return { served, clients };
}

function written(client: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    client.write(bytes, () => {
      resolve();
    });
  });
}

function bytesReadOf(sockets: readonly Socket[]): number {
  return sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
}

t.test('what many connections send while others have their turn stays in the kernel', async (t) => {
  const prepared = prepare(t);
  const { loop, send, taken, requests } = prepared;
  const got = new Map<number, number>();
  const CONNECTIONS = 100;
  const { served, clients } = await connected(t, prepared, CONNECTIONS, (index, bytes) => {
    got.set(index, (got.get(index) ?? 0) + bytes.length);
  });
  for (let turn = 0; turn < 3; turn++) await loop.next();
  send(0, 'over', OVER_MS);
  t.same(taken, ['over']);
  await Promise.all(clients.map((client) => written(client, Buffer.alloc(CHUNK_BYTES, 'a'))));
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  t.ok(bytesReadOf(served) >= 1024 * 1024, `${bytesReadOf(served)} bytes were read`);
  t.ok(bytesReadOf(served) < 2 * 1024 * 1024, 'and not all of them');
  await until(async () => {
    await loop.next();
    return bytesReadOf(served) === CONNECTIONS * CHUNK_BYTES && got.size === CONNECTIONS;
  }, 'in the end all are read');
  await until(async () => {
    await loop.next();
    return [...got.values()].every((bytes) => bytes === CHUNK_BYTES);
  }, 'and taken');
  requests.pass(served[0] ?? new Socket(), Buffer.from('later'), (bytes) => taken.push(bytes.toString()));
  t.equal(taken.at(-1), 'later', 'nothing waits any more');
});

t.test('a connection of which nothing is read has its turn, though others always fill the room', async (t) => {
  const prepared = prepare(t);
  const { loop, send } = prepared;
  const GREEDY = 40;
  const heard: string[] = [];
  const more = Buffer.alloc(CHUNK_BYTES, 'a');
  const { clients } = await connected(t, prepared, GREEDY + 1, (index, bytes) => {
    loop.now += LONG_MS;
    if (index < GREEDY) clients[index]?.write(more);
    else heard.push(bytes.toString());
  });
  for (let turn = 0; turn < 3; turn++) await loop.next();
  send(0, 'long', LONG_MS);
  await Promise.all(clients.slice(0, GREEDY).map((client) => written(client, Buffer.concat([more, more]))));
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  clients.at(-1)?.write('small');
  await until(async () => {
    await loop.next();
    return heard.length > 0;
  }, 'the small request is taken');
  t.same(heard, ['small']);
});

t.test('once a turn is long, nothing more is read in it, and then some connections a turn', async (t) => {
  const prepared = prepare(t);
  const { loop } = prepared;
  const CONNECTIONS = 200;
  let heard = 0;
  const hear = (): void => {
    heard += 1;
    loop.now += LONG_MS;
  };
  const { served, clients } = await connected(t, prepared, CONNECTIONS, hear);
  for (const socket of served) socket.prependListener('end', hear);
  for (let turn = 0; turn < 3; turn++) await loop.next();
  for (const client of clients.slice(0, CONNECTIONS / 2)) client.destroy();
  await Promise.all(clients.slice(CONNECTIONS / 2).map((client) => written(client, Buffer.from('asked'))));
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  t.ok(heard >= 1 && heard < 5, `${heard} were heard in the first turn`);
  let most = 0;
  await until(async () => {
    const before = heard;
    await loop.next();
    most = Math.max(most, heard - before);
    return heard === CONNECTIONS;
  }, 'all are heard');
  t.ok(most <= 5, `${most} were heard in one turn`);
});

t.test('a connection that comes while a crowd is held does not wait for all of it', async (t) => {
  const prepared = prepare(t);
  const { loop, requests } = prepared;
  const CROWD = 400;
  const heard: number[] = [];
  const { clients } = await connected(t, prepared, CROWD, (index) => {
    heard.push(index);
    loop.now += OVER_MS;
  });
  for (let turn = 0; turn < 3; turn++) await loop.next();
  loop.turns.isOver();
  loop.now += LONG_MS;
  requests.brake();
  await Promise.all(clients.map((client) => written(client, Buffer.from('asked'))));
  const late = await connected(t, prepared, 1, () => heard.push(CROWD));
  await Promise.all(late.clients.map((client) => written(client, Buffer.from('late'))));
  await until(async () => {
    await loop.next();
    return heard.length === CROWD + 1;
  }, 'all are heard');
  const place = heard.indexOf(CROWD);
  t.ok(place < CROWD / 4, `${place} of the crowd were heard before`);
});
