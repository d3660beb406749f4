import type { Socket } from 'node:net';
import { SocketReader } from '../../net/socket-reader.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';

/** The length of the message, and the number that no version of the protocol has (PostgreSQL manual, SSLRequest). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 0x53;
const NO = 0x4e;

/**
 * Asks a server to go on with TLS. It answers with one byte. Bytes that come with it are not protected by the handshake
 * that follows, so a server, or somebody on the way, that sends any is refused (CVE-2021-23222).
 */
export async function askForTls(socket: Socket, message: string, signal: AbortSignal): Promise<void> {
  const reader = new SocketReader(socket, signal);
  try {
    socket.write(SSL_REQUEST);
    const answer = await reader.read();
    if (answer === undefined) throw new ProbeFailure('tls', 'connection_closed', message, { err: 'unexpected EOF' });
    if (answer[0] !== YES) throw notTls(message, answer[0] === NO ? NO_TLS : NO_ANSWER);
    if (answer.length > 1) throw notTls(message, 'the server sends more than its consent before the handshake');
  } catch (error) {
    throw stepFailure(error, { phase: 'tls', signal, message, otherwise: 'tls_handshake_failed' });
  } finally {
    const rest = reader.release();
    if (rest.length > 0) socket.destroy();
  }
}

const NO_TLS = 'the server does not speak TLS; without it: sslmode=disable of the exporter, tls: false of a module';
const NO_ANSWER = 'no answer of PostgreSQL to the request for TLS';

function notTls(message: string, err: string): ProbeFailure {
  return new ProbeFailure('tls', 'tls_handshake_failed', message, { err });
}
