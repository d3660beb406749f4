import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import { shaken } from '../../helpers/hostile/shaken.js';
import { make } from '../../helpers/tls/certificate-writer.js';
import {
  APPLICATION_DATA,
  behindHandshake,
  HANDSHAKE,
  Sealer,
  SEALER_SUITES,
  TICKET,
} from '../../helpers/tls/record-sealer.js';

const tickets = (count: number): Buffer => Buffer.concat(Array<Buffer>(count).fill(TICKET));
const times = (count: number, one: () => Buffer): Buffer => Buffer.concat(Array.from({ length: count }, one));
const data = (sealer: Sealer, text: string): Buffer => sealer.seal(Buffer.from(text), APPLICATION_DATA);
/** Content and its type, filled up with zeros to a record of full size (RFC 8446, 5.4). */
function padded(content: Buffer, type: number): Buffer {
  const all = Buffer.alloc(16 * 1024);
  content.copy(all);
  all[content.length] = type;
  return all;
}
const seal = (sealer: Sealer, content: Buffer): Buffer => sealer.seal(content, HANDSHAKE);

/** As many tickets in a row as are let through, in a record behind the two that Node sends. */
const MOST = 62;
const FULL = 900;
const REFUSED = 'tls: too many non-advancing records';

interface Row {
  readonly name: string;
  readonly records: (sealer: Sealer) => Buffer;
  /** The error; absent where the octets `end` arrive. */
  readonly error?: string;
}

const ROWS: readonly Row[] = [
  { name: 'as many tickets in a record as may be', records: (sealer) => seal(sealer, tickets(MOST)) },
  { name: 'one more', records: (sealer) => seal(sealer, tickets(MOST + 1)), error: REFUSED },
  { name: 'a full record', records: (sealer) => seal(sealer, tickets(FULL)), error: REFUSED },
  {
    name: 'a full record behind data',
    records: (sealer) => Buffer.concat([data(sealer, 'x'), seal(sealer, tickets(FULL))]),
    error: REFUSED,
  },
  {
    name: 'many tickets, padded',
    records: (sealer) => sealer.seal(padded(tickets(MOST + 1), HANDSHAKE), 0),
    error: REFUSED,
  },
  {
    name: 'a full record behind new keys',
    records: (sealer) =>
      Buffer.concat([sealer.update(false), data(sealer, 'x'), sealer.update(true), seal(sealer, tickets(FULL))]),
    error: REFUSED,
  },
  { name: 'a ticket a record', records: (sealer) => times(MOST, () => seal(sealer, TICKET)) },
  { name: 'one more record', records: (sealer) => times(MOST + 1, () => seal(sealer, TICKET)), error: REFUSED },
  { name: 'new keys', records: (sealer) => times(MOST, () => sealer.update(true)) },
  { name: 'one more key', records: (sealer) => times(MOST + 1, () => sealer.update(false)), error: REFUSED },
  {
    name: 'sixteen tickets and data, padded',
    records: (sealer) =>
      Buffer.concat([
        times(16, () => sealer.seal(padded(TICKET, HANDSHAKE), 0)),
        times(60, () => sealer.seal(padded(Buffer.from('x'), APPLICATION_DATA), 0)),
      ]),
  },
  {
    name: 'a ticket across records',
    records: (sealer) => times(MOST, () => Buffer.concat([...TICKET].map((octet) => seal(sealer, Buffer.of(octet))))),
  },
  {
    name: 'tickets again and again, with data between',
    records: (sealer) => times(50, () => Buffer.concat([seal(sealer, tickets(MOST)), data(sealer, 'x'.repeat(MOST))])),
  },
  {
    name: 'tickets for which an octet does not pay',
    records: (sealer) => times(2, () => Buffer.concat([seal(sealer, tickets(MOST)), data(sealer, 'x')])),
    error: REFUSED,
  },
];

/** The sizes of what OpenSSL gets of the clients of this test. */
function watchReceived(t: Test): { most: number } {
  const seen = { most: 0 };
  const { _handle: native } = new tls.TLSSocket(new net.Socket()) as unknown as { readonly _handle: NativeTls };
  const prototype = Object.getPrototypeOf(native) as NativeTls;
  const { receive } = prototype;
  prototype.receive = function (this: NativeTls, bytes) {
    seen.most = Math.max(seen.most, bytes.length);
    receive.call(this, bytes);
  };
  t.teardown(() => (prototype.receive = receive));
  return seen;
}

interface NativeTls {
  receive: (bytes: Buffer) => void;
}

/** What comes of a connection: the last octets before its end, or its error. */
async function outcomeOf(port: number): Promise<string> {
  const { socket } = await shaken({ at: port, minVersion: 'TLSv1.3' });
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    if (received.endsWith('end')) socket.destroy();
  });
  const failed = once(socket, 'error').then(([error]) => (error as Error).message);
  const closed = once(socket, 'close').then(() => received.slice(-3));
  const outcome = await Promise.race([failed, closed]);
  closed.catch(() => undefined);
  return outcome;
}

for (const suite of SEALER_SUITES) {
  t.test(`messages behind a handshake in ${suite}`, async (t) => {
    for (const { name, records, error } of ROWS) {
      const server = await behindHandshake((sealer) => Buffer.concat([records(sealer), data(sealer, 'end')]), {
        suite,
      });
      t.teardown(() => server.close());
      t.equal(await outcomeOf((server.address() as AddressInfo).port), error ?? 'end', name);
    }
  });
}

/** Carries a connection to a server that shakes hands, in pieces, and says something of its own meanwhile. */
async function between(
  t: Test,
  carry: (bytes: Buffer, client: net.Socket, secret: () => Buffer | undefined) => void,
): Promise<number> {
  const { key, cert } = make();
  let secret: Buffer | undefined;
  const server = tls.createServer({ key, cert, minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' });
  server.on('keylog', (line: Buffer) => {
    const [label, , hex = ''] = line.toString().trim().split(' ');
    if (label === 'SERVER_TRAFFIC_SECRET_0') secret = Buffer.from(hex, 'hex');
  });
  server.on('tlsClientError', () => undefined);
  const proxy = net.createServer((client) => {
    const upstream = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    for (const each of [client, upstream]) each.on('error', () => each.destroy());
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => {
      carry(bytes, client, () => secret);
    });
    client.on('close', () => upstream.destroy());
  });
  for (const each of [server, proxy]) {
    each.listen(0, '127.0.0.1');
    await once(each, 'listening');
    t.teardown(() => each.close());
  }
  return (proxy.address() as AddressInfo).port;
}

t.test('tickets that come along with the end of the handshake', async (t) => {
  for (const [name, count, error] of [
    ['full records', FULL, REFUSED],
    ['as many as may be, and an end', MOST, 'end'],
  ] as const) {
    let isFirst = true;
    const port = await between(t, (bytes, client, secret) => {
      const known = secret();
      if (!isFirst || known === undefined) return;
      isFirst = false;
      const sealer = new Sealer(known, 0);
      client.write(Buffer.concat([bytes, seal(sealer, tickets(count)), data(sealer, 'end')]));
    });
    const seen = watchReceived(t);
    t.equal(await outcomeOf(port), error, name);
    t.ok(seen.most <= 2048, `${name}: at most ${seen.most} at once`);
  }
});

t.test('a record that comes octet by octet is looked at once it is whole', async (t) => {
  for (const [name, count, error] of [
    ['a full record', FULL, REFUSED],
    ['as many as may be', MOST, 'end'],
  ] as const) {
    const server = await behindHandshake((sealer) =>
      Buffer.concat([seal(sealer, tickets(count)), data(sealer, 'end')]),
    );
    t.teardown(() => server.close());
    const proxy = net.createServer((client) => {
      const upstream = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
      for (const each of [client, upstream]) each.on('error', () => each.destroy());
      client.setNoDelay(true);
      client.on('data', (bytes) => upstream.write(bytes));
      client.on('close', () => upstream.destroy());
      upstream.on('data', (bytes: Buffer) => {
        for (let at = 0; at < bytes.length; at += 37) client.write(bytes.subarray(at, at + 37));
      });
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    t.teardown(() => proxy.close());
    t.equal(await outcomeOf((proxy.address() as AddressInfo).port), error, name);
  }
});
