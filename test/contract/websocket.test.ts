import t from 'tap';
import { closedPort } from '../helpers/servers/stream-server.js';
import { startWebsocketServer } from '../helpers/servers/websocket-server.js';
import { proberContract } from './prober-contract.js';

proberContract(t, {
  prober: 'websocket',
  block: 'query_response: [{expect: hello}, {send: bye}]',
  startServer: (t) => startWebsocketServer(t, (socket) => socket.send('hello')),
  silent: { start: (t) => startWebsocketServer(t, () => undefined), verdict: 'dialogue/response_timeout' },
  refused: { target: async () => `ws://${await closedPort()}/`, verdict: 'connect/connection_refused' },
  invalidTargets: [
    '127.0.0.1',
    'localhost:80',
    'http://127.0.0.1/',
    'ws://user@127.0.0.1/',
    'ws://127.0.0.1:99999/',
    'ws://',
  ],
  targetFor: (host, target) => target.replace('127.0.0.1', host),
  hostname: async (t) => {
    const { target, requests } = await startWebsocketServer(t, (socket) => socket.send('hello'));
    return {
      target,
      get names() {
        return requests.map(({ headers }) => headers.host);
      },
    };
  },
});
