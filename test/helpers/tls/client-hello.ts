import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

/** What a client offers in its hello (RFC 8446, 4.1.2); numbers as they are registered. */
export interface ClientHello {
  readonly bytes: number;
  readonly suites: readonly number[];
  readonly groups: readonly number[];
  /** The groups that it sends a key of. */
  readonly keys: readonly number[];
  readonly signatures: readonly number[];
  readonly extensions: readonly number[];
}

const [GROUPS, SIGNATURES, KEYS] = [10, 13, 51];

/** A server that reads a hello and hangs up. */
export interface HelloServer {
  readonly port: number;
  /** The hello of the next client; to be asked for before it comes. */
  readonly next: () => Promise<ClientHello>;
  readonly close: () => Promise<void>;
}

/** Starts it on a free loopback port; whoever started it closes it. */
export async function startHelloServer(): Promise<HelloServer> {
  const server = net.createServer((socket) => {
    // Clients mind that.
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => {
      server.emit('hello', readClientHello(bytes));
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    next: async () => ((await once(server, 'hello')) as [ClientHello])[0],
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Reads a hello that came in one record. */
function readClientHello(record: Buffer): ClientHello {
  // The headers of record and message, the version and the random; then the session.
  let at = 5 + 4 + 2 + 32;
  at += 1 + record.readUInt8(at);
  const suites = numbers(record.subarray(at + 2, at + 2 + record.readUInt16BE(at)));
  at += 2 + 2 * suites.length;
  at += 1 + record.readUInt8(at) + 2;
  const extensions = new Map<number, Buffer>();
  while (at < record.length) {
    const end = at + 4 + record.readUInt16BE(at + 2);
    extensions.set(record.readUInt16BE(at), record.subarray(at + 4, end));
    at = end;
  }
  const list = (extension: number): readonly number[] => numbers(extensions.get(extension)?.subarray(2) ?? NOTHING);
  return {
    bytes: record.length,
    suites,
    groups: list(GROUPS),
    keys: groupsOfKeys(extensions.get(KEYS)?.subarray(2) ?? NOTHING),
    signatures: list(SIGNATURES),
    extensions: [...extensions.keys()],
  };
}

const NOTHING = Buffer.alloc(0);

function numbers(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16BE(2 * index));
}

function groupsOfKeys(bytes: Buffer): number[] {
  const groups: number[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) groups.push(bytes.readUInt16BE(at));
  return groups;
}
