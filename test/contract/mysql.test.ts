import t from 'tap';
import { startMysqlServer } from '../helpers/servers/mysql-server.js';
import { closedPort, startStreamServer } from '../helpers/servers/stream-server.js';
import { proberContract } from './prober-contract.js';

proberContract(t, {
  prober: 'mysql',
  startServer: (t) => startMysqlServer(t),
  silent: { start: (t) => startStreamServer(t, () => undefined), verdict: 'request/response_timeout' },
  refused: { target: closedPort, verdict: 'connect/connection_refused' },
  invalidTargets: [
    'mysql://user:secret@x',
    'http://x',
    'x:nonsense',
    '[::1',
    'unix:',
    'x?tls=true',
    'x/database',
    '/x'.repeat(100),
  ],
  targetFor: (host, target) => target.replace('127.0.0.1', host),
  fallsBackTo: 'first',
  // The hostname parameter is a name for TLS alone.
});
