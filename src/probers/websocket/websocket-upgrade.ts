import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { HeaderLine } from './websocket-options.js';
import { WebsocketConnection } from './websocket-connection.js';

/** The largest message that is read, in bytes. */
const LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024;

/** How long a server may take to answer our goodbye, which nobody waits for. */
const GOODBYE_MS = 1000;

/** The server answered, but the connection did not change to the WebSocket protocol (RFC 6455, 4.1). */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError';
}

export interface UpgradeRequest {
  readonly url: URL;
  readonly headers: readonly HeaderLine[];
  readonly signal: AbortSignal;
  /** Told the status of the answer, also where it is not the wanted one. */
  readonly onStatus: (status: number) => void;
}

/**
 * Changes to the WebSocket protocol on a connected socket, which it takes over: it is destroyed when this rejects. Rejects with UpgradeError,
 * the error of the socket or of the HTTP parser, or the signal's reason.
 */
export function upgrade(socket: Socket, request: UpgradeRequest): Promise<WebsocketConnection> {
  const { url, headers, signal, onStatus } = request;
  return new Promise((resolve, reject) => {
    // A constant of its own, because the types of the library do not have closeTimeout yet.
    const options = {
      createConnection: () => socket,
      headers: groupByName(headers),
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: LARGEST_MESSAGE_BYTES,
      closeTimeout: GOODBYE_MS,
    };
    let client: WebSocket;
    try {
      client = new WebSocket(url, options);
    } catch (error) {
      // A header that cannot be sent.
      socket.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => {
      fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    let answered = false;
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    client.on('upgrade', (response) => {
      answered = true;
      onStatus(response.statusCode ?? 0);
      forgetSubprotocol(response);
    });
    client.on('unexpected-response', (_request, response) => {
      onStatus(response.statusCode ?? 0);
      fail(new UpgradeError(`websocket: bad handshake: status ${response.statusCode ?? 0}`));
    });
    client.on('error', (error) => {
      fail(answered ? new UpgradeError(`websocket: bad handshake: ${error.message}`) : error);
    });
    client.once('open', () => {
      signal.removeEventListener('abort', onAbort);
      client.removeAllListeners();
      resolve(new WebsocketConnection(client, signal));
    });
  });
}

/** Which subprotocol a server chooses is its own affair, as in upstream: the client library would refuse what it did not ask for itself. */
function forgetSubprotocol(response: IncomingMessage): void {
  delete response.headers['sec-websocket-protocol'];
}

/** A name that occurs once has a plain value: Node wants that of some headers. */
function groupByName(headers: readonly HeaderLine[]): Record<string, string | string[]> {
  const grouped: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const given = grouped[name];
    grouped[name] = given === undefined ? value : [given, value].flat();
  }
  return grouped;
}
