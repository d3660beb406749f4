import net, { type AddressInfo } from 'node:net';
import t from 'tap';
import { probe } from '../../helpers/services/probe.js';
import { APPLICATION_DATA, behindHandshake, HANDSHAKE, type Sealer } from '../../helpers/tls/record-sealer.js';

const ALERT = 21;

function answer(sealer: Sealer, text: string): Buffer {
  return sealer.seal(Buffer.from(text), APPLICATION_DATA);
}

function broken(record: Buffer): Buffer {
  record.writeUInt8(record.readUInt8(10) ^ 1, 10);
  return record;
}

const OK = 'HTTP/1.1 200 OK\r\n\r\nbody';

/** What follows the head of an answer without a length, and what is said of it: Go's words, where it has any. */
const ROWS: readonly (readonly [name: string, records: (sealer: Sealer) => Buffer, error: string | RegExp])[] = [
  ['a fatal alert', (sealer) => sealer.seal(Buffer.from([2, 80]), ALERT), 'remote error: tls: internal error'],
  ['a forged record', (sealer) => broken(answer(sealer, 'x')), 'local error: tls: bad record MAC'],
  [
    'a record that is too long',
    (sealer) => sealer.seal(Buffer.alloc(16_385), APPLICATION_DATA),
    'local error: tls: record overflow',
  ],
  ['no record', () => Buffer.from('garbage garbage garbage'), /tls: (?:wrong version number|bad record type)/],
  [
    'a demand for a certificate',
    (sealer) => sealer.seal(Buffer.from([13, 0, 0, 3, 0, 0, 0]), HANDSHAKE),
    'tls: unexpected message',
  ],
];

t.test("errors of TLS in a body have Go's words, and none of OpenSSL's", async (t) => {
  for (const [name, records, error] of ROWS) {
    const server = await behindHandshake((sealer) => Buffer.concat([answer(sealer, OK), records(sealer)]));
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { verdict, log } = await probe(
      'prober: http\nhttp: {tls_config: {insecure_skip_verify: true}}',
      `https://127.0.0.1:${port}`,
    );
    t.equal(verdict.split('/')[1], 'network_error', `${name}: ${verdict}`);
    t.match(log, error, name);
    t.notMatch(log, /SSL routines|openssl/i, name);
  }
});

const UNEXPECTED = 'local error: tls: unexpected message';

/** What a server answers to the hello: all of it was tried with blackbox_exporter 0.28. */
const ALERTS: readonly (readonly [name: string, content: readonly number[], error: string])[] = [
  ['half of an alert', [2], UNEXPECTED],
  ['two alerts in a record', [1, 90, 2, 80], UNEXPECTED],
  ['an alert of another level', [9, 80], UNEXPECTED],
  ['an alert', [2, 80], 'remote error: tls: internal error'],
  ['an alert without a name', [2, 200], 'remote error: tls: alert(200)'],
  ['a goodbye', [1, 0], 'EOF'],
];

t.test("alerts in place of a handshake have Go's words", async (t) => {
  for (const [name, content, error] of ALERTS) {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(Buffer.from([ALERT, 3, 3, 0, content.length, ...content])));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { log } = await probe(
      'prober: http\nhttp: {tls_config: {insecure_skip_verify: true}}',
      `https://127.0.0.1:${port}`,
    );
    t.ok(log.includes(error), `${name}: ${log}`);
  }
});
