import t, { type Test } from 'tap';
import { closedPort, startStreamServer, type StreamServer } from '../helpers/servers/stream-server.js';
import { proberContract } from './prober-contract.js';

const PAGE = 'Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n';
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: ${PAGE.length}\r\nConnection: close\r\n\r\n${PAGE}`;

/** Answers each connection's first request, and closes. */
function start(t: Test): Promise<StreamServer> {
  return startStreamServer(t, (socket) => socket.once('data', () => socket.end(ANSWER)));
}

proberContract(t, {
  prober: 'nginx',
  startServer: start,
  silent: { start: (t) => startStreamServer(t, () => undefined), verdict: 'processing/response_timeout' },
  refused: { target: closedPort, verdict: 'connect/connection_refused' },
  invalidTargets: ['http://[::1', 'http://x:nonsense/', 'http://user:secret@x/', 'unix:', 'unix:/x:/a b'],
  targetFor: (host, target) => target.replace('127.0.0.1', host),
  fallsBackTo: 'first',
  hostname: async (t) => {
    const names: (string | undefined)[] = [];
    const { target } = await startStreamServer(t, (socket) => {
      socket.once('data', (head: Buffer) => {
        names.push(/^host: (.*)\r$/im.exec(head.toString('latin1'))?.[1]);
        socket.end(ANSWER);
      });
    });
    return { target, names };
  },
});
