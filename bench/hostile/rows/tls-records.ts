import type { AddressInfo } from 'node:net';
import { APPLICATION_DATA, behindHandshake, HANDSHAKE, type Sealer } from '../../../test/helpers/tls/record-sealer.js';
import type { HostileRow } from '../hostile-row.js';

const MANY = 60_000;

function many(one: (sealer: Sealer) => Buffer): (sealer: Sealer) => Buffer {
  return (sealer) => Buffer.concat(Array.from({ length: MANY }, () => one(sealer)));
}

const TICKET = Buffer.from(`0400002b00000e10${'00'.repeat(4)}02aaaa0020${'5a'.repeat(32)}0000`, 'hex');
TICKET.writeUInt8(TICKET.length - 4, 3);

const KINDS: readonly (readonly [name: string, one: (sealer: Sealer) => Buffer])[] = [
  ['new keys without end', (sealer) => sealer.update(false)],
  ['new keys without end, to be answered', (sealer) => sealer.update(true)],
  ['tickets without end', (sealer) => sealer.seal(TICKET, HANDSHAKE)],
  ['empty records without end', (sealer) => sealer.seal(Buffer.alloc(0), APPLICATION_DATA)],
  ['records of an octet without end', (sealer) => sealer.seal(Buffer.from('x'), APPLICATION_DATA)],
];

/** What a server may send behind the handshake of TLS 1.3. */
export const TLS_RECORDS: readonly HostileRow[] = KINDS.map(([name, one]) => ({
  kind: 'target',
  name: `tls: ${name}`,
  group: 'tls-record',
  module: {
    prober: 'tcp',
    tcp: { tls: true, tls_config: { insecure_skip_verify: true }, query_response: [{ expect: '^never' }] },
  },
  start: async () => {
    const server = await behindHandshake(many(one));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
}));
