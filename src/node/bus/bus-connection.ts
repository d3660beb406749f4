import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { asError } from '../../values/as-error.js';
import type { BusSocket } from './bus-address.js';
import { type BusCall, decodeMessage, encodeCall, messageLength } from './bus-message.js';
import { BusFormatError, type BusValue } from './bus-values.js';

/** The called service, or the bus on its behalf, answered with an error. */
export class BusError extends Error {
  override readonly name = 'BusError';
  /** The name of the error, such as `org.freedesktop.DBus.Error.ServiceUnknown`. */
  readonly errorName: string;

  constructor(errorName: string, text: string) {
    super(text === '' ? errorName : `${errorName}: ${text}`);
    this.errorName = errorName;
  }
}

interface PendingCall {
  readonly resolve: (body: readonly BusValue[]) => void;
  readonly reject: (error: Error) => void;
}

/** The most calls that wait for replies at a time. The bus allows 128 for a connection. */
const MOST_PENDING = 64;

/** Longer than any line of the handshake. */
const LONGEST_LINE = 4096;

/**
 * A connection to a message bus, for calls only. It is written here because it is about three hundred lines, while the
 * clients for Node bring a dozen packages, accept messages of any length, and throw from an event handler when a
 * message is malformed.
 */
export class BusConnection {
  readonly #socket: Socket;
  readonly #pending = new Map<number, PendingCall>();
  readonly #waiting: (() => void)[] = [];
  #serial = 0;
  #running = 0;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #needed = 1;
  #broken: Error | undefined;

  private constructor(socket: Socket, first: Buffer) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#break(error));
    socket.on('close', () => this.#break(new Error('the message bus closed the connection')));
    if (first.length > 0) this.#take(first);
    socket.resume();
  }

  /**
   * Connects and, to a bus, says hello; throws the system's error, or an Error with what the bus said instead of
   * welcome. The caller closes it.
   */
  static async open({ path, isDirect }: BusSocket, signal: AbortSignal): Promise<BusConnection> {
    signal.throwIfAborted();
    const socket = createConnection({ path });
    // Calls that wait receive errors. An error while no call waits must not end the process.
    socket.on('error', () => undefined);
    const onAbort = (): void => void socket.destroy(asError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', onAbort));
    try {
      await once(socket, 'connect', { signal });
      const connection = new BusConnection(socket, await authenticate(socket, signal));
      if (isDirect !== true) await connection.call({ ...BUS, member: 'Hello' });
      return connection;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /**
   * Calls a method and returns its results. Rejects with BusError for an error reply, and with another Error if there
   * is no reply.
   */
  async call(call: BusCall): Promise<readonly BusValue[]> {
    if (this.#running >= MOST_PENDING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      return await this.#send(call);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Returns a property of an object, without its variant. */
  async property(
    object: Pick<BusCall, 'destination' | 'path'>,
    interfaceName: string,
    name: string,
  ): Promise<BusValue | undefined> {
    const call = {
      ...object,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      args: [interfaceName, name],
    };
    return (await this.call(call))[0];
  }

  /** Closes the connection. Waiting calls are rejected. */
  close(): void {
    this.#break(new Error('the connection to the message bus was closed'));
  }

  #send(call: BusCall): Promise<readonly BusValue[]> {
    if (this.#broken !== undefined) throw this.#broken;
    const serial = ++this.#serial;
    return new Promise((resolve, reject) => {
      this.#pending.set(serial, { resolve, reject });
      this.#socket.write(encodeCall(call, serial));
    });
  }

  /** Chunks are only joined when a message is complete. Joining at each chunk would take quadratic time. */
  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#needed || this.#broken !== undefined) return;
    try {
      this.#readMessages();
    } catch (error) {
      if (!(error instanceof BusFormatError)) throw error;
      this.#break(new Error(`what the message bus sends is not D-Bus: ${error.message}`, { cause: error }));
    }
  }

  #readMessages(): void {
    let bytes = Buffer.concat(this.#chunks);
    for (;;) {
      const length = messageLength(bytes);
      this.#needed = length ?? 16;
      if (length === undefined || bytes.length < length) break;
      this.#settle(decodeMessage(bytes.subarray(0, length)));
      bytes = bytes.subarray(length);
    }
    this.#chunks = [bytes];
    this.#buffered = bytes.length;
  }

  #settle(message: ReturnType<typeof decodeMessage>): void {
    if (message.kind === 'other') return;
    const pending = this.#pending.get(message.replySerial);
    if (pending === undefined) return;
    this.#pending.delete(message.replySerial);
    if (message.kind === 'return') pending.resolve(message.body);
    else pending.reject(new BusError(message.errorName, message.text));
  }

  #break(error: Error): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    this.#socket.destroy();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** The object of the bus itself. */
const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

/**
 * SASL EXTERNAL without a name, so that the bus takes the user of the socket: that is right in containers, too, where
 * numbers of users differ. Some systemd without a bus between takes it at once. Returns what came after the last line
 * of the handshake.
 */
async function authenticate(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  const expect = async (...words: readonly string[]): Promise<string> => {
    while (!rest.includes('\r\n')) {
      if (rest.length > LONGEST_LINE) throw new Error('the message bus sent a line without an end in its handshake');
      rest = Buffer.concat([rest, await readChunk(socket, signal)]);
    }
    const end = rest.indexOf('\r\n');
    const line = rest.subarray(0, end).toString('latin1');
    const [word = ''] = line.split(' ');
    if (!words.includes(word)) throw new Error(`the message bus said "${line}" instead of ${words[0]}`);
    rest = rest.subarray(end + 2);
    return word;
  };
  socket.write('\0AUTH EXTERNAL\r\n');
  if ((await expect('DATA', 'OK')) === 'DATA') {
    socket.write('DATA\r\n');
    await expect('OK');
  }
  socket.write('BEGIN\r\n');
  return rest;
}

async function readChunk(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    // A socket without encoding gives bytes.
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (socket.readableEnded || socket.destroyed)
      throw new Error('the message bus closed the connection in its handshake');
    await once(socket, 'readable', { signal });
    if (socket.readableLength === 0) {
      // A `readable` event without data announces the end.
      socket.read();
      await once(socket, 'end', { signal });
    }
  }
}
