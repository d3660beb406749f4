import tls from 'node:tls';
import t from 'tap';
import { closedPort, lineByLine, startStreamServer } from '../helpers/servers/stream-server.js';
import { makeIdentities } from '../interop/tls/identities.js';
import { proberContract } from './prober-contract.js';

proberContract(t, {
  prober: 'tcp',
  block: 'query_response: [{expect: "^220 "}, {send: QUIT}]',
  startServer: (t) => startStreamServer(t, lineByLine('220 ready\r\n')),
  silent: { start: (t) => startStreamServer(t, () => undefined), verdict: 'dialogue/response_timeout' },
  refused: { target: closedPort, verdict: 'connect/connection_refused' },
  invalidTargets: ['localhost', '::1:80', '[::1]', '127.0.0.1:nonsense', '127.0.0.1:65536', '127.0.0.1:-1'],
  targetFor: (host, target) => target.replace('127.0.0.1', host),
  hostname: async (t) => {
    const { good } = await makeIdentities();
    const names: (string | undefined)[] = [];
    const { target } = await startStreamServer(t, (socket) => {
      new tls.TLSSocket(socket, {
        isServer: true,
        ...good,
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      }).on('error', () => undefined);
    });
    return { target, block: 'tls: true', names };
  },
});
