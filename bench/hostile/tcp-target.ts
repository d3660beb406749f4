import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** Listens on loopback; resolves to `host:port`. A client that hangs up is no error. */
export async function listenTcp(onConnection: (socket: Socket) => void): Promise<string> {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An HTTP/1 server that answers whatever it is asked with these bytes, and then hangs up, or floods with `endless`. */
export async function answerHttp(start: string | Buffer, endless?: string | Buffer): Promise<string> {
  const address = await listenTcp((socket) => {
    socket.once('data', () => {
      if (endless === undefined) {
        socket.end(start);
        return;
      }
      socket.write(start);
      flood(socket, Buffer.from(endless));
    });
  });
  return `http://${address}/`;
}

const PIECE_BYTES = 64 * 1024;

/** Writes `unit` over and over, in large pieces, as fast as it is taken. */
export function flood(socket: Socket, unit: Buffer): void {
  const piece = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(PIECE_BYTES / unit.length)) }, () => unit));
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}
