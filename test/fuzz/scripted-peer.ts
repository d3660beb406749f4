import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { makeThrowawayIdentity } from '../../src/services/prober/warm-up/throwaway-certificate.js';

/** A server that says what the present input wants. It does not keep the process alive. */
export interface ScriptedPeer {
  readonly port: number;
  /** What the next connection is to hear. */
  play: (input: Buffer) => void;
}

/** Cuts an input into what is said at once, and what after each further word of the client. */
type Cut = (input: Buffer, asked: Buffer) => readonly Buffer[];

const LOOPBACK = '127.0.0.1';

async function portOf(server: net.Server): Promise<number> {
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  server.unref();
  return (server.address() as AddressInfo).port;
}

/**
 * A server that answers word by word and then closes the connection; `speaksFirst` where the protocol begins with the
 * server.
 */
export async function startScriptedPeer(cut: Cut, speaksFirst = false): Promise<ScriptedPeer> {
  let input = Buffer.alloc(0);
  const server = net.createServer((socket) => {
    const said = input;
    let parts: Buffer[] | undefined;
    const sayNext = (asked: Buffer): void => {
      parts ??= [...cut(said, asked)];
      const part = parts.shift();
      if (part !== undefined) socket.write(part);
      if (parts.length === 0) socket.end();
    };
    socket.on('error', () => undefined);
    socket.on('data', sayNext);
    if (speaksFirst) sayNext(Buffer.alloc(0));
  });
  const port = await portOf(server);
  return {
    port,
    play: (next) => {
      input = Buffer.from(next);
    },
  };
}

/** The bytes of one change of a stream: where (two bytes), what, and with which value. */
const EDIT_BYTES = 4;

/**
 * Changes a piece of a stream that begins at `start` as the edits say: a byte is replaced, a bit flipped, bytes are put
 * in or taken out, or the rest is cut off.
 */
function edited(piece: Buffer, start: number, edits: Buffer): { readonly bytes: Buffer; readonly isCut: boolean } {
  let bytes = piece;
  for (let at = 0; at + EDIT_BYTES <= edits.length; at += EDIT_BYTES) {
    const place = edits.readUInt16BE(at) - start;
    const [what = 0, value = 0] = [edits[at + 2], edits[at + 3]];
    if (place < 0 || place >= bytes.length) continue;
    const [before, after] = [bytes.subarray(0, place), bytes.subarray(place + 1)];
    const old = bytes[place] ?? 0;
    if (what % 8 === 0) return { bytes: Buffer.from(before), isCut: true };
    if (what % 8 === 1) bytes = Buffer.concat([before, Buffer.alloc(1 + (value % 64), value), bytes.subarray(place)]);
    else if (what % 8 === 2) bytes = Buffer.concat([before, after.subarray(value)]);
    else if (what % 8 === 3) bytes = Buffer.concat([bytes.subarray(0, place + value), bytes.subarray(place)]);
    else bytes = Buffer.concat([before, Buffer.from([what % 8 < 6 ? value : old ^ (1 << (value % 8))]), after]);
  }
  return { bytes, isCut: false };
}

/** An honest TLS server behind a relay that changes what it says as the input wants, encrypted records as well. */
export async function startTlsPeer(options: tls.TlsOptions): Promise<ScriptedPeer> {
  let input = Buffer.alloc(0);
  const server = tls.createServer({ ...makeThrowawayIdentity(), ...options }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.end('hello\n'));
  });
  server.on('tlsClientError', () => undefined);
  const target = await portOf(server);
  const relay = net.createServer((client) => {
    const edits = input;
    const upstream = net.connect(target, LOOPBACK);
    let seen = 0;
    client.on('error', () => undefined);
    upstream.on('error', () => undefined);
    client.on('data', (chunk) => upstream.write(chunk));
    client.on('close', () => upstream.destroy());
    upstream.on('data', (chunk) => {
      const { bytes, isCut } = edited(chunk, seen, edits);
      seen += chunk.length;
      client.write(bytes);
      if (isCut) client.end();
    });
    upstream.on('end', () => client.end());
  });
  const port = await portOf(relay);
  return {
    port,
    play: (next) => {
      input = Buffer.from(next);
    },
  };
}
