import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import { loopTurns } from '../../../src/values/loop-turns.js';
import { shaken } from '../../helpers/hostile/shaken.js';
import { APPLICATION_DATA, behindHandshake, HANDSHAKE, type Sealer, TICKET } from '../../helpers/tls/record-sealer.js';

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

const withOctet = (record: Buffer, sealer: Sealer): Buffer =>
  Buffer.concat([record, sealer.seal(Buffer.from('x'), APPLICATION_DATA)]);

const ROWS: readonly (readonly [name: string, one: (sealer: Sealer) => Buffer, data: string])[] = [
  ['new keys and an octet', (sealer) => withOctet(sealer.update(false), sealer), 'x'.repeat(RECORDS)],
  ['new keys, to be answered, and an octet', (sealer) => withOctet(sealer.update(true), sealer), 'x'.repeat(RECORDS)],
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
