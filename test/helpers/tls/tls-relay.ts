import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

export interface TlsRelay {
  readonly port: number;
  readonly close: () => void;
}

/** Takes what the server says and gives the client what it is to get instead; undefined ends the connection. */
export type Rewrite = (bytes: Buffer) => readonly Buffer[] | undefined;

/** Stands between a client and a server on loopback; each connection is rewritten by a function of its own. */
export async function startTlsRelay(to: number, rewriteOf: () => Rewrite): Promise<TlsRelay> {
  const server = net.createServer({ noDelay: true }, (client) => {
    const upstream = net.connect({ port: to, host: '127.0.0.1', noDelay: true });
    const rewrite = rewriteOf();
    // Either side may be cut on purpose.
    for (const side of [client, upstream]) side.on('error', () => side.destroy());
    client.pipe(upstream);
    upstream.on('data', (bytes) => {
      const parts = rewrite(bytes);
      for (const part of parts ?? []) client.write(part);
      if (parts === undefined) client.end();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

const RECORD_HEADER_BYTES = 5;
const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;

/**
 * Cuts the plain handshake records of a server into records of so many bytes, which no digest of the handshake covers.
 */
export function inRecordsOf(bytes: number): Rewrite {
  let pending = Buffer.alloc(0);
  let isPlain = true;
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    const out: Buffer[] = [];
    while (pending.length >= RECORD_HEADER_BYTES) {
      const end = RECORD_HEADER_BYTES + pending.readUInt16BE(3);
      if (pending.length < end) break;
      const record = pending.subarray(0, end);
      pending = pending.subarray(end);
      isPlain &&= record[0] !== CHANGE_CIPHER_SPEC;
      out.push(...(isPlain && record[0] === HANDSHAKE ? cut(record, bytes) : [record]));
    }
    return [Buffer.concat(out)];
  };
}

function cut(record: Buffer, bytes: number): Buffer[] {
  const body = record.subarray(RECORD_HEADER_BYTES);
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += bytes) parts.push(plainRecord(HANDSHAKE, body.subarray(at, at + bytes)));
  return parts;
}

/** A record of TLS 1.2 (RFC 5246, 6.2.1). */
export function plainRecord(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3, body.length >> 8, body.length & 0xff]), body]);
}
