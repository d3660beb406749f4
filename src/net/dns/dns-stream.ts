import type { Socket } from 'node:net';
import { SocketReader } from '../socket-reader.js';
import type { DnsQuery } from './dns-query.js';

/** The server has closed the connection before its reply was whole. The message is Go's: `EOF` or `unexpected EOF`. */
export class StreamEnd extends Error {
  override readonly name = 'StreamEnd';
}

const LENGTH_OCTETS = 2;

/**
 * Sends a query and reads a reply, each after its length in two octets (RFC 1035, section 4.2.2). Rejects with a
 * StreamEnd, the error of the socket or the reason of the signal. The caller closes the socket.
 */
export async function askOverStream(socket: Socket, { bytes }: DnsQuery, signal: AbortSignal): Promise<Buffer> {
  const reader = new SocketReader(socket, signal);
  const framed = Buffer.alloc(LENGTH_OCTETS + bytes.length);
  framed.writeUInt16BE(bytes.length, 0);
  bytes.copy(framed, LENGTH_OCTETS);
  socket.write(framed);
  // Each piece is copied into its place as it comes, since a peer may send 64 KiB octet by octet.
  const length = Buffer.alloc(LENGTH_OCTETS);
  let into = length;
  let filled = 0;
  for (let heard = false; ; heard = true) {
    const chunk = await reader.read();
    if (chunk === undefined) throw new StreamEnd(heard ? 'unexpected EOF' : 'EOF');
    const taken = chunk.copy(into, filled);
    filled += taken;
    if (into === length) {
      if (filled < LENGTH_OCTETS) continue;
      into = Buffer.alloc(length.readUInt16BE(0));
      filled = chunk.copy(into, 0, taken);
    }
    if (filled === into.length) return into;
  }
}
