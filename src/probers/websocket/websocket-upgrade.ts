import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { TurnedSocket } from './turned-socket.js';
import { WebsocketConnection } from './websocket-connection.js';
import type { HeaderLine } from './websocket-options.js';
import { acceptOf, requestUpgrade } from './websocket-request.js';

/** The largest message that is read, in bytes. */
const LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * The most fragments of a message. Those that have arrived are processed without a pause, and honest servers send some
 * kilobytes in each.
 */
const MOST_FRAGMENTS = 1000;

/** Milliseconds that a server may take to answer our Close frame. No probe waits for it. */
const GOODBYE_MS = 1000;

/** The server answered, but the connection did not change to the WebSocket protocol (RFC 6455, 4.1). */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError';
}

/** A request for an upgrade to WebSocket (RFC 6455, 4.1). */
export interface UpgradeRequest {
  readonly url: URL;
  readonly headers: readonly HeaderLine[];
  readonly signal: AbortSignal;
  /** Receives the status of the answer, even if it is not 101. */
  readonly onStatus: (status: number) => void;
}

/**
 * Changes to the WebSocket protocol on a connected socket, which it takes over: it is destroyed when this rejects.
 * Rejects with UpgradeError, UnsendableHeader, what reading the head rejects with, the error of the socket, or the
 * signal's reason.
 */
export async function upgrade(socket: Socket, request: UpgradeRequest): Promise<WebsocketConnection> {
  const { url, signal, onStatus } = request;
  try {
    const { head, problem, rest } = await requestUpgrade(socket, url, request);
    onStatus(head.status);
    if (problem !== undefined) throw new UpgradeError(`websocket: bad handshake: ${problem}`);
    // Reading the head has left the socket paused: nothing comes before somebody reads.
    return new WebsocketConnection(await openClient(new TurnedSocket(socket), rest), signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * A client of the library on a socket that has changed protocol already: its own request goes nowhere, and is answered
 * at once.
 */
function openClient(socket: Duplex, rest: Buffer): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const answer = (request: ClientRequest): void => {
      const key = String(request.getHeader('sec-websocket-key'));
      const headers = { upgrade: 'websocket', 'sec-websocket-accept': acceptOf(key) };
      queueMicrotask(() => request.emit('upgrade', { headers }, socket, rest));
    };
    // A constant of its own, because the types of the library do not have closeTimeout yet.
    const options = {
      createConnection: () => new PassThrough(),
      finishRequest: answer,
      perMessageDeflate: false,
      // A message a turn of the event loop: a flood of small ones would hold it.
      allowSynchronousEvents: false,
      // Pings are answered by the connection, which knows what is still to be sent.
      autoPong: false,
      maxPayload: LARGEST_MESSAGE_BYTES,
      maxFragments: MOST_FRAGMENTS,
      closeTimeout: GOODBYE_MS,
    };
    const client = new WebSocket('ws://localhost', options);
    client.once('error', reject);
    client.once('open', () => {
      client.removeAllListeners();
      resolve(client);
    });
  });
}
