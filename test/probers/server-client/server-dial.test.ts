import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import t from 'tap';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { PhaseClock } from '../../../src/probe/phase-clock.js';
import { PhaseMarks } from '../../../src/probe/phase-marks.js';
import { TargetPolicy } from '../../../src/probe/policy/target-policy.js';
import { ProbeLog } from '../../../src/probe/probe-log.js';
import { ProbeNotes } from '../../../src/probe/report/probe-notes.js';
import { NOT_NOTED } from '../../../src/probe/used-secrets.js';
import { dialServer } from '../../../src/probers/server-client/server-dial.js';
import { ManualClock } from '../../helpers/manual-clock.js';

t.test('a server is dialled at the first address of its name, whatever family is preferred', async (t) => {
  const server = net.createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const clock = new ManualClock();
  const marks = new PhaseMarks(clock);
  const found = { addresses: ['127.0.0.1', '127.0.0.2'], aliases: [] };
  const socket = await dialServer(
    { kind: 'tcp', host: 'two.test', port: (server.address() as AddressInfo).port },
    {
      addresses: { preferred: 'ip6', fallback: true },
      scheme: 'redis',
      hostname: undefined,
      resolver: { lookup: () => Promise.resolve(found), lookupEither: () => Promise.resolve(found) },
      context: {
        signal: new AbortController().signal,
        timeoutSeconds: 10,
        metrics: new MetricSet(),
        log: new ProbeLog(clock),
        clock,
        marks,
        policy: TargetPolicy.ALLOW_ALL,
        notes: new ProbeNotes(),
        secrets: NOT_NOTED,
      },
      phases: new PhaseClock({ marks }),
      message: 'Error',
      tls: undefined,
    },
  );
  t.equal(socket.remoteAddress, '127.0.0.1');
  socket.destroy();
});
