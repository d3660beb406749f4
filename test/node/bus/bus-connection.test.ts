import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { BusConnection } from '../../../src/node/bus/bus-connection.js';
import { messageLength } from '../../../src/node/bus/bus-message.js';
import { openSystemd } from '../../../src/node/bus/open-systemd.js';
import { socketFolder } from '../../helpers/servers/socket-folder.js';

/** A bus that does as it is told, on a real socket. `onMessage` gets the serial of each call, the Hello with 1. */
interface Script {
  /** Answers to the lines of the handshake; those of a bus that welcomes everyone if absent. */
  readonly lines?: readonly string[];
  readonly onMessage?: (socket: Socket, serial: number) => void;
}

const never = new AbortController().signal;

async function scriptedBus(
  t: Test,
  { lines = ['DATA\r\n', 'OK 1234\r\n'], onMessage = greet }: Script,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let bytes = Buffer.alloc(0);
    let isBegun = false;
    const answers = [...lines];
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let end = bytes.indexOf('\r\n'); !isBegun && end !== -1; end = bytes.indexOf('\r\n')) {
        isBegun = bytes.subarray(0, end).toString() === 'BEGIN';
        bytes = bytes.subarray(end + 2);
        const answer = isBegun ? undefined : answers.shift();
        if (answer !== undefined) socket.write(answer);
      }
      while (isBegun) {
        const length = messageLength(bytes);
        if (length === undefined || bytes.length < length) break;
        onMessage(socket, bytes.readUInt32LE(8));
        bytes = bytes.subarray(length);
      }
    });
  });
  const path = join(socketFolder(t), 'bus');
  server.listen(path);
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

/** A reply to a call; `text` is its one string. */
function reply(serial: number, text: string): Buffer {
  const fields = Buffer.from([5, 1, 0x75, 0, 0, 0, 0, 0, 8, 1, 0x67, 0, 1, 0x73, 0]);
  fields.writeUInt32LE(serial, 4);
  const content = Buffer.from(text);
  const head = Buffer.from([0x6c, 2, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, fields.length, 0, 0, 0]);
  head.writeUInt32LE(4 + content.length + 1, 4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([head, fields, Buffer.alloc(1), length, content, Buffer.alloc(1)]);
}

function greet(socket: Socket, serial: number): void {
  socket.write(reply(serial, `reply to ${serial}`));
}

const call = { destination: 'a.b', path: '/', interface: 'a.b', member: 'Ask', args: ['x', 'ü'] };

t.test('calls and replies', async (t) => {
  const bus = await BusConnection.open({ path: await scriptedBus(t, {}) }, never);
  t.teardown(() => bus.close());
  t.same(await bus.call(call), ['reply to 2']);
  const replies = await Promise.all(Array.from({ length: 200 }, () => bus.call(call)));
  t.same(
    replies.map(([text]) => text),
    Array.from({ length: 200 }, (_, index) => `reply to ${index + 3}`),
  );
});

t.test('no more than 64 calls wait for their replies at a time', async (t) => {
  let held: number[] = [];
  let most = 0;
  const onMessage = (socket: Socket, serial: number): void => {
    if (serial === 1) greet(socket, 1);
    else held.push(serial);
    // Replies go out a little later, so that a 65th call would be seen before.
    if (held.length === 64) setTimeout(() => replyAll(socket), 20);
  };
  const replyAll = (socket: Socket): void => {
    most = Math.max(most, held.length);
    for (const serial of held) greet(socket, serial);
    held = [];
  };
  const bus = await BusConnection.open({ path: await scriptedBus(t, { onMessage }) }, never);
  t.teardown(() => bus.close());
  const replies = await Promise.all(Array.from({ length: 3 * 64 }, () => bus.call(call)));
  t.equal(replies.length, 3 * 64, 'the others have their turn');
  t.equal(most, 64);
});

t.test('replies in the wrong order, in pieces, and to nobody', async (t) => {
  const onMessage = (socket: Socket, serial: number): void => {
    if (serial === 1) greet(socket, 1);
    if (serial < 3) return;
    const all = Buffer.concat([reply(99, 'to nobody'), reply(3, 'third'), reply(2, 'second')]);
    socket.setNoDelay(true);
    for (const byte of all) socket.write(Buffer.from([byte]));
  };
  const bus = await BusConnection.open({ path: await scriptedBus(t, { onMessage }) }, never);
  t.teardown(() => bus.close());
  t.same(await Promise.all([bus.call(call), bus.call(call)]), [['second'], ['third']]);
});

t.test('a service that listens without a bus is not greeted', async (t) => {
  // Some let a client in at the first line, others ask on.
  for (const lines of [['OK 1234\r\n'], ['DATA\r\n', 'OK 1234\r\n']]) {
    const bus = await BusConnection.open({ path: await scriptedBus(t, { lines }), isDirect: true }, never);
    t.teardown(() => bus.close());
    t.same(await bus.call(call), ['reply to 1']);
  }
});

t.test('systemd is asked past a bus that cannot be had, or as told', async (t) => {
  const env = { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${await scriptedBus(t, {})}` };
  const none = { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${join(t.testdir(), 'nothing')}` };
  const direct = { path: await scriptedBus(t, {}), isDirect: true } as const;
  for (const { name, way, answer } of [
    { name: 'the bus', way: { env, direct, isPrivate: false }, answer: 'reply to 2' },
    { name: 'no bus', way: { env: none, direct, isPrivate: false }, answer: 'reply to 1' },
    { name: 'as told', way: { env, direct, isPrivate: true }, answer: 'reply to 1' },
  ]) {
    const bus = await openSystemd(way, never);
    t.teardown(() => bus.close());
    t.same(await bus.call(call), [answer], name);
  }
  const nowhere = { path: join(t.testdir(), 'neither'), isDirect: true } as const;
  await t.rejects(openSystemd({ env: none, direct: nowhere, isPrivate: false }, never), { message: /nothing/ });
  await t.rejects(openSystemd({ env, direct: nowhere, isPrivate: true }, never), { message: /neither/ });
});

t.test('handshakes that fail', async (t) => {
  const rows = [
    { lines: ['REJECTED EXTERNAL\r\n'], message: 'the message bus said "REJECTED EXTERNAL" instead of DATA' },
    { lines: ['DATA\r\n', 'REJECTED\r\n'], message: 'the message bus said "REJECTED" instead of OK' },
    { lines: ['x'.repeat(10_000)], message: 'the message bus sent a line without an end in its handshake' },
    {
      lines: ['HTTP/1.1 400 Bad Request\r\n'],
      message: 'the message bus said "HTTP/1.1 400 Bad Request" instead of DATA',
    },
  ];
  for (const { lines, message } of rows) {
    await t.rejects(BusConnection.open({ path: await scriptedBus(t, { lines }) }, never), { message }, message);
  }
});

t.test('a bus that says nothing costs the time that there is', async (t) => {
  for (const script of [{ lines: [] }, { onMessage: () => undefined }]) {
    const abort = new AbortController();
    const opening = BusConnection.open({ path: await scriptedBus(t, script) }, abort.signal);
    setImmediate(() => abort.abort(new Error('out of time')));
    await t.rejects(opening);
  }
});

t.test('what is no message', async (t) => {
  const rows = [
    { name: 'garbage', bytes: Buffer.alloc(64, 0x21), message: /is not D-Bus: a message begins with byte 33/ },
    {
      name: 'a message without an end',
      bytes: Buffer.from('6c020101ffffff7f01000000ffffff7f', 'hex'),
      message: /is not D-Bus: a message of \d+ bytes is longer/,
    },
    {
      name: 'fields that are none',
      bytes: Buffer.from('6c0201010000000001000000080000000501750000000000', 'hex').fill(0xff, 16),
      message: /is not D-Bus/,
    },
    { name: 'the end', bytes: undefined, message: 'the message bus closed the connection' },
  ];
  for (const { name, bytes, message } of rows) {
    const onMessage = (socket: Socket, serial: number): void => {
      if (serial === 1) greet(socket, 1);
      else if (bytes === undefined) socket.end();
      else socket.write(bytes);
    };
    const bus = await BusConnection.open({ path: await scriptedBus(t, { onMessage }) }, never);
    await t.rejects(bus.call(call), { message }, name);
    await t.rejects(bus.call(call), { message }, `${name}, for good`);
    bus.close();
  }
});

t.test('no bus', async (t) => {
  await t.rejects(BusConnection.open({ path: join(t.testdir(), 'nothing') }, never), { code: 'ENOENT' });
});
