import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  lineByLine,
  startStreamServer,
  type StreamScript,
  type StreamServer,
} from '../helpers/servers/stream-server.js';
import { proberContract } from './prober-contract.js';

/** Paths of sockets may have 107 bytes at most, so they are not in the test's own folder. */
function start(t: Test, script: StreamScript): Promise<StreamServer> {
  return startStreamServer(t, script, { path: join(tmpdir(), `sonde-${randomUUID()}.sock`) });
}

proberContract(t, {
  prober: 'unix',
  block: 'query_response: [{expect: "^220 "}, {send: QUIT}]',
  startServer: (t) => start(t, lineByLine('220 ready\r\n')),
  silent: { start: (t) => start(t, () => undefined), verdict: 'dialogue/response_timeout' },
  refused: { target: async () => '/nonexistent/sonde.sock', verdict: 'connect/connection_refused' },
  invalidTargets: [`/tmp/${'x'.repeat(200)}`],
  // No names are resolved, and the hostname parameter only matters to TLS, as for tcp.
});
