// The least that a probe can be in Node: a node:http server that opens a connection of its own for each request, sends
// one GET, reads the answer to its end and answers with a fixed page. No deadline, no metrics, no history, no phases;
// over TLS with Node's own verdict. Arguments: the URL of the target, and over TLS a file with authorities.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';

/** As long as the metrics of a plain HTTP probe. */
const PAGE = Buffer.alloc(3500, '# a line of metrics 1\n');

const [target = '', caFile] = process.argv.slice(2);
const { protocol, hostname, port, host } = new URL(target);
const REQUEST = `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: floor\r\nConnection: close\r\n\r\n`;
const secureContext = tls.createSecureContext({ ...(caFile !== undefined && { ca: readFileSync(caFile) }) });

function connect(): net.Socket {
  const to = { host: hostname, port: Number(port) };
  return protocol === 'https:' ? tls.connect({ ...to, secureContext, ALPNProtocols: ['http/1.1'] }) : net.connect(to);
}

const server = createServer((_request, response) => {
  const fail = (error: Error): void => {
    response.writeHead(500).end(error.message);
  };
  const socket = connect();
  let answer = '';
  socket.setEncoding('latin1');
  socket.on('error', fail);
  socket.on('data', (text: string) => (answer += text));
  socket.on('end', () => {
    if (answer.startsWith('HTTP/1.1 200')) response.end(PAGE);
    else fail(new Error(answer));
  });
  socket.write(REQUEST);
});
server.listen(0, '127.0.0.1', () => {
  // A server that listens to a port has such an address.
  console.error(`Listening on address=127.0.0.1:${(server.address() as AddressInfo).port}`);
});
