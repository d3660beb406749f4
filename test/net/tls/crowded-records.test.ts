import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import { loopTurns } from '../../../src/values/loop-turns.js';
import { shaken } from '../../helpers/hostile/shaken.js';
import { APPLICATION_DATA, behindHandshake, HANDSHAKE, type Sealer } from '../../helpers/tls/record-sealer.js';

interface NativeTls {
  receive: (bytes: Buffer) => void;
}

/** The sizes of what OpenSSL gets, from now to the end of the test, as long as it comes through a tap. */
function watchReceived(t: Test, onReceived?: (size: number) => void): number[] {
  const sizes: number[] = [];
  const { _handle: native } = new tls.TLSSocket(new net.Socket()) as unknown as { readonly _handle: NativeTls };
  const prototype = Object.getPrototypeOf(native) as NativeTls;
  const { receive } = prototype;
  prototype.receive = function (this: NativeTls, bytes) {
    sizes.push(bytes.length);
    receive.call(this, bytes);
    onReceived?.(bytes.length);
  };
  t.teardown(() => (prototype.receive = receive));
  return sizes;
}

const RECORDS = 5000;

const ROWS: readonly (readonly [name: string, one: (sealer: Sealer) => Buffer, data: string])[] = [
  ['new keys', (sealer) => sealer.update(false), ''],
  ['new keys, to be answered', (sealer) => sealer.update(true), ''],
  ['records of an octet', (sealer) => sealer.seal(Buffer.from('x'), APPLICATION_DATA), 'x'.repeat(RECORDS)],
];

t.test('thousands of records in one read are shared out, in their order and to the last octet', async (t) => {
  const sizes = watchReceived(t);
  for (const [name, one, data] of ROWS) {
    const server = await behindHandshake((sealer) =>
      Buffer.concat([
        ...Array.from({ length: RECORDS }, () => one(sealer)),
        sealer.seal(Buffer.from('end'), APPLICATION_DATA),
      ]),
    );
    t.teardown(() => server.close());
    const { socket } = await shaken({ at: (server.address() as AddressInfo).port });
    sizes.length = 0;
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
      if (received.endsWith('end')) socket.destroy();
    });
    await once(socket, 'close');
    t.equal(received, `${data}end`, name);
    // What is not crowded by itself follows what is.
    t.ok(sizes.length > RECORDS / 50, `${name}: in ${sizes.length} pieces`);
    t.ok(Math.max(...sizes) <= 1024, `${name}: of ${Math.max(...sizes)} bytes at most`);
  }
});

const TEXT = Buffer.alloc(100, 'x');
/** Behind what a socket wants to have before somebody reads it. */
const MORE_BYTES = 16 * 1024;
const TURNS = 50;

t.test('the end of a connection waits for crowded records before it, also where a reader asks for more', async (t) => {
  let bytesLeft = 0;
  const records = Math.ceil((new tls.TLSSocket(new net.Socket()).readableHighWaterMark + MORE_BYTES) / TEXT.length);
  const server = await behindHandshake(
    (sealer) => {
      const all = Buffer.concat(Array.from({ length: records }, () => sealer.seal(TEXT, APPLICATION_DATA)));
      bytesLeft = all.length;
      return all;
    },
    { ends: true },
  );
  t.teardown(() => server.close());
  let read = (): unknown => undefined;
  watchReceived(t, (size) => {
    const before = bytesLeft;
    bytesLeft -= size;
    if (before <= MORE_BYTES / 2 || bytesLeft > MORE_BYTES / 2) return;
    // The turn is over, and others wait for theirs.
    while (!loopTurns.isOver());
    for (let turn = 0; turn < TURNS; turn++) void loopTurns.next();
    setImmediate(read);
  });
  const { socket } = await shaken({ at: (server.address() as AddressInfo).port });
  let received = 0;
  read = () => socket.on('data', (data: Buffer) => (received += data.length));
  await once(socket, 'end');
  t.equal(received, records * TEXT.length);
});

/** A ticket of an octet: a life of an hour, no nonce, no extensions (RFC 8446, 4.6.1). */
const TICKET = Buffer.from(['0400000e', '00000e10', '00000000', '00', '0001', 'aa', '0000'].join(''), 'hex');
const TICKETS_A_RECORD = 800;

t.test('a server that goes on with tickets is refused, as by Go, whose client does so sooner', async (t) => {
  const server = await behindHandshake((sealer) =>
    Buffer.concat([
      sealer.seal(Buffer.from('begin'), APPLICATION_DATA),
      ...Array.from({ length: 40 }, () =>
        sealer.seal(Buffer.concat(Array<Buffer>(TICKETS_A_RECORD).fill(TICKET)), HANDSHAKE),
      ),
      sealer.seal(Buffer.from('end'), APPLICATION_DATA),
    ]),
  );
  t.teardown(() => server.close());
  const { socket } = await shaken({ at: (server.address() as AddressInfo).port });
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  await t.rejects(once(socket, 'close'), { message: 'tls: too many non-advancing records' });
  t.equal(received, 'begin');
});

t.test('a connection that got data may go on for long, in records of any size', async (t) => {
  for (const [length, count] of [
    [1, 10_000],
    [16_000, 100],
  ] as const) {
    const server = await behindHandshake((sealer) =>
      Buffer.concat([
        ...Array.from({ length: count }, () => sealer.seal(Buffer.alloc(length, 'x'), APPLICATION_DATA)),
        sealer.seal(TICKET, HANDSHAKE),
        sealer.seal(Buffer.from('end'), APPLICATION_DATA),
      ]),
    );
    t.teardown(() => server.close());
    const { socket } = await shaken({ at: (server.address() as AddressInfo).port });
    let end = '';
    socket.on('data', (chunk: Buffer) => {
      end = (end + chunk.toString('latin1')).slice(-3);
      if (end === 'end') socket.destroy();
    });
    await once(socket, 'close');
    t.equal(end, 'end', `records of ${length}`);
  }
});

/** What a server adds that fills each record up to the largest (RFC 8446, 5.4). */
const PADDING = Buffer.alloc(16 * 1024 - 1);
const PADDED = 60;
/** As many as Go's client accepts in a row. */
const PADDED_TICKETS = 16;

t.test('a server may pad tickets and little data to records of full size', async (t) => {
  const server = await behindHandshake((sealer) =>
    Buffer.concat([
      ...Array.from({ length: PADDED_TICKETS }, () =>
        sealer.seal(Buffer.concat([TICKET, Buffer.from([HANDSHAKE]), PADDING.subarray(TICKET.length)]), 0),
      ),
      ...Array.from({ length: PADDED }, () =>
        sealer.seal(Buffer.concat([Buffer.from('x'), Buffer.from([APPLICATION_DATA]), PADDING.subarray(1)]), 0),
      ),
    ]),
  );
  t.teardown(() => server.close());
  const { socket } = await shaken({ at: (server.address() as AddressInfo).port });
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    if (received.length === PADDED) socket.destroy();
  });
  await once(socket, 'close');
  t.equal(received, 'x'.repeat(PADDED));
});

/** What a record full of tickets takes at least on a slow machine, in milliseconds of its processor. */
const COSTLY_MS = 5;

t.test('tickets that cost much are counted also where an octet of data follows each record of them', async (t) => {
  watchReceived(t, () => {
    const before = process.cpuUsage();
    // Which of the two it is counts for little: the kernel tells them apart by samples.
    for (let used = 0; used < COSTLY_MS * 1000;) {
      const { user, system } = process.cpuUsage(before);
      used = user + system;
    }
  });
  const server = await behindHandshake((sealer) =>
    Buffer.concat(
      Array.from({ length: 40 }, () => [
        sealer.seal(Buffer.concat(Array<Buffer>(TICKETS_A_RECORD).fill(TICKET)), HANDSHAKE),
        sealer.seal(Buffer.from('x'), APPLICATION_DATA),
      ]).flat(),
    ),
  );
  t.teardown(() => server.close());
  const { socket } = await shaken({ at: (server.address() as AddressInfo).port });
  socket.resume();
  await t.rejects(once(socket, 'close'), { message: 'tls: too many non-advancing records' });
});
