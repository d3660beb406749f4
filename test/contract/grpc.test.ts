import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { data, headers, settings } from '../helpers/servers/http2-frames.js';
import { closedPort } from '../helpers/servers/stream-server.js';
import { type ContractServer, proberContract } from './prober-contract.js';

const SERVING = Buffer.concat([
  settings,
  headers({ ':status': '200', 'content-type': 'application/grpc' }, 'more'),
  data(Buffer.of(0, 0, 0, 0, 2, 8, 1)),
  headers({ 'grpc-status': '0' }, 'end'),
]);

/** Answers a connection's first bytes with `answer`. */
async function startServer(t: Test, answer: Buffer): Promise<ContractServer> {
  const open = new Set<Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.write(answer));
    socket.resume();
  });
  const connected = once(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { target: `127.0.0.1:${port}`, open: () => open.size, reached: connected.then(() => undefined) };
}

/** A port that was given back. */
// There is no row for the `hostname` parameter: as in upstream it means nothing to this prober.
proberContract(t, {
  prober: 'grpc',
  startServer: (t) => startServer(t, SERVING),
  silent: { start: (t) => startServer(t, settings), verdict: 'processing/response_timeout' },
  refused: { target: closedPort, verdict: 'connect/connection_refused' },
  invalidTargets: ['http://', 'a:b:c', '127.0.0.1:http', ':1', 'a b'],
  targetFor: (host, target) => target.replace('127.0.0.1', host),
});
