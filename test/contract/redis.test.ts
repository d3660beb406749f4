import t from 'tap';
import { SMALL_INFO, startRedisServer, withInfo } from '../helpers/servers/redis-server.js';
import { closedPort, startStreamServer } from '../helpers/servers/stream-server.js';
import { proberContract } from './prober-contract.js';

proberContract(t, {
  prober: 'redis',
  startServer: (t) => startRedisServer(t, withInfo(SMALL_INFO)),
  silent: { start: (t) => startStreamServer(t, () => undefined), verdict: 'request/response_timeout' },
  refused: { target: closedPort, verdict: 'connect/connection_refused' },
  invalidTargets: ['redis://user:secret@x', 'http://x', 'x:nonsense', '[::1', 'unix:', 'redis://x/a', '/x'.repeat(100)],
  targetFor: (host, target) => target.replace('127.0.0.1', host),
  fallsBackTo: 'first',
  // The hostname parameter is a name for TLS alone.
});
