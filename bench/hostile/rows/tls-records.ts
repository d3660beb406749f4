import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import {
  APPLICATION_DATA,
  behindHandshake,
  HANDSHAKE,
  type Sealer,
  TICKET,
} from '../../../test/helpers/tls/record-sealer.js';
import { plainRecord } from '../../../test/helpers/tls/tls-relay.js';
import type { HostileRow, TargetRow } from '../hostile-row.js';

const MANY = 60_000;

type One = (sealer: Sealer) => Buffer;

function many(one: One, count = MANY): One {
  return (sealer) => Buffer.concat(Array.from({ length: count }, () => one(sealer)));
}

const KINDS: readonly (readonly [name: string, one: One])[] = [
  ['new keys without end', (sealer) => sealer.update(false)],
  ['new keys without end, to be answered', (sealer) => sealer.update(true)],
  ['tickets without end', (sealer) => sealer.seal(TICKET, HANDSHAKE)],
  ['empty records without end', (sealer) => sealer.seal(Buffer.alloc(0), APPLICATION_DATA)],
  ['records of an octet without end', (sealer) => sealer.seal(Buffer.from('x'), APPLICATION_DATA)],
];

const FULL_OF_TICKETS = Buffer.concat(Array<Buffer>(900).fill(TICKET));
const SIXTY = Buffer.alloc(60, 'x');
const SOME_TICKETS = Buffer.concat(Array<Buffer>(55).fill(TICKET));

function row(name: string, records: One): TargetRow {
  return rowOf(name, () => behindHandshake(records));
}

/** The hello of TLS 1.2, as a message, and wishes to begin another handshake. */
const HELLO = Buffer.from(`020000260303${'00'.repeat(32)}00c02b00`, 'hex');
const WISHES = Buffer.alloc(16_000);

async function withWishes(): Promise<net.Server> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(
      Buffer.concat([HELLO, ...Array<Buffer>(15).fill(WISHES)].map((content) => plainRecord(HANDSHAKE, content))),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function rowOf(name: string, serve: () => Promise<net.Server>): TargetRow {
  return {
    kind: 'target',
    name: `tls: ${name}`,
    group: 'tls-record',
    module: {
      prober: 'tcp',
      tcp: { tls: true, tls_config: { insecure_skip_verify: true }, query_response: [{ expect: '^never' }] },
    },
    start: async () => {
      const server = await serve();
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
  };
}

/** What a server may send behind the handshake of TLS 1.3, and within that of TLS 1.2. */
export const TLS_RECORDS: readonly HostileRow[] = [
  ...KINDS.map(([name, one]) => row(name, many(one))),
  row(
    'records full of tickets',
    many((sealer) => sealer.seal(FULL_OF_TICKETS, HANDSHAKE), 300),
  ),
  rowOf('wishes to begin another handshake, within one', withWishes),
  row('a record of some tickets', (sealer) => sealer.seal(SOME_TICKETS, HANDSHAKE)),
  row(
    'tickets, paid for with data',
    many((sealer) => Buffer.concat([sealer.seal(SOME_TICKETS, HANDSHAKE), sealer.seal(SIXTY, APPLICATION_DATA)]), 3000),
  ),
];
