import type { Socket } from 'node:net';
import { SocketReader } from '../../net/socket-reader.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import { CHARACTER_SET, CLIENT_FLAGS, TLS_FLAG } from './login/log-in.js';
import { failureIn } from './mysql-errors.js';
import { readGreeting } from './mysql-greeting.js';
import { ERROR, malformed } from './mysql-packets.js';

const HEAD_BYTES = 4;
const REQUEST_BYTES = 32;
/** The largest greeting, in bytes: twice the length that version, plugin and scramble can have. */
const LARGEST_GREETING = 1024;

/** What a server greets with, and how it is to be gone on. */
export interface Greeted {
  /** The packet of the greeting, which the client has yet to see. */
  readonly greeting: Buffer;
  /** False: the server does not speak TLS. It was not asked for it then. */
  readonly goesOnWithTls: boolean;
}

/** How a server is asked for TLS. */
export interface AskingForTls {
  /** The log line of a failure. */
  readonly message: string;
  readonly isOptional: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads the greeting of a server, and tells it to go on with TLS (MySQL internals, SSLRequest). Where it does not speak
 * TLS, the connection goes on without it if `isOptional`, and else this rejects with a ProbeFailure. Bytes that follow
 * it in the clear are not protected by the handshake, so a server, or somebody on the way, that sends any is refused.
 */
export async function askForTls(socket: Socket, { message, isOptional, signal }: AskingForTls): Promise<Greeted> {
  const reader = new SocketReader(socket, signal);
  try {
    const packet = await readPacket(reader);
    const payload = packet.subarray(HEAD_BYTES);
    if (payload[0] === ERROR) throw failureIn(payload);
    const goesOnWithTls = readGreeting(payload).speaksTls;
    if (goesOnWithTls) socket.write(tlsRequest());
    else if (!isOptional) throw notTls(message);
    return { greeting: packet, goesOnWithTls };
  } catch (error) {
    // Any failure here is one of the TLS handshake that was to come.
    if (error instanceof ProbeFailure) throw new ProbeFailure('tls', error.reason, message, error.fields);
    throw stepFailure(error, { phase: 'tls', signal, message, otherwise: 'tls_handshake_failed' });
  } finally {
    const rest = reader.release();
    if (rest.length > 0) socket.destroy();
  }
}

async function readPacket(reader: SocketReader): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = await reader.read();
    if (chunk === undefined) {
      throw new ProbeFailure('tls', 'connection_closed', '', { err: 'unexpected EOF' });
    }
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    if (bytes.length < HEAD_BYTES) continue;
    const length = bytes.readUIntLE(0, 3);
    if (length === 0 || length > LARGEST_GREETING || bytes[3] !== 0) throw malformed('no greeting');
    if (bytes.length > length + HEAD_BYTES) throw malformed('more than a greeting before the handshake');
    if (bytes.length === length + HEAD_BYTES) return bytes;
  }
}

function tlsRequest(): Buffer {
  const packet = Buffer.alloc(HEAD_BYTES + REQUEST_BYTES);
  packet.writeUIntLE(REQUEST_BYTES, 0, 3);
  packet[3] = 1;
  packet.writeUInt32LE(CLIENT_FLAGS | TLS_FLAG, HEAD_BYTES);
  packet[HEAD_BYTES + 8] = CHARACTER_SET;
  return packet;
}

function notTls(message: string): ProbeFailure {
  return new ProbeFailure('tls', 'tls_handshake_failed', message, { err: 'the server does not speak TLS' });
}
