// A gRPC server whose health service is always SERVING, as cheaply as Node can; a process of its own, so that its CPU
// time is its own.
import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

/** Not compressed, two bytes long: field 1 (status) is 1 (SERVING). */
const SERVING = Buffer.from('00000000020801', 'hex');

const server = http2.createServer();
server.on('stream', (stream) => {
  stream.on('error', ignoreReset);
  stream.on('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': '0' });
  });
  stream.resume();
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.end(SERVING);
});
server.on('sessionError', ignoreReset);

/** Probers that are done go without a word. */
function ignoreReset(): void {
  return undefined;
}

server.listen(0, '127.0.0.1');
await once(server, 'listening');
// A server that listens on a port has an address.
console.log(`Listening on 127.0.0.1:${(server.address() as AddressInfo).port}`);
