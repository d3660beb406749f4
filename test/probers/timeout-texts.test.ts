import dgram from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { dialTimedOut } from '../../src/net/connection-ends.js';
import { ProbeEnd } from '../../src/probe/probe-abort.js';
import { stepFailure } from '../../src/probe/step-failure.js';
import { socketFolder } from '../helpers/servers/socket-folder.js';
import { startStreamServer } from '../helpers/servers/stream-server.js';
import { probe } from '../helpers/services/probe.js';

/** Says nothing, wherever it is asked. */
async function silence(t: Test, kind: 'tcp' | 'udp' | 'unix'): Promise<string> {
  if (kind === 'udp') {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    t.teardown(() => socket.close());
    return `127.0.0.1:${socket.address().port}`;
  }
  const at = kind === 'unix' ? { path: `${socketFolder(t)}/s` } : { host: '127.0.0.1' };
  return (await startStreamServer(t, () => undefined, at)).target;
}

const EXPECT = 'query_response: [{send: hi}, {expect: x}]';
const STARTTLS = 'query_response: [{starttls: true}]';
const READ_TCP = /read tcp 127\.0\.0\.1:\d+->TARGET: i\/o timeout/;
const READ_UDP = /read udp 127\.0\.0\.1:\d+->TARGET: i\/o timeout/;
const READ_UNIX = /read unix @->TARGET: i\/o timeout/;
const DEADLINE = /context deadline exceeded/;

/**
 * As blackbox_exporter 0.28 says it, which writes `tcp4` and `udp4`; its gRPC says nothing before Prometheus has gone.
 */
const ROWS: readonly (readonly [name: string, kind: 'tcp' | 'udp' | 'unix', module: string, text: RegExp])[] = [
  ['tcp: a line', 'tcp', `prober: tcp\ntcp: {${EXPECT}}`, READ_TCP],
  ['tcp: TLS', 'tcp', 'prober: tcp\ntcp: {tls: true}', DEADLINE],
  ['tcp: TLS later', 'tcp', `prober: tcp\ntcp: {${STARTTLS}}`, READ_TCP],
  ['unix: a line', 'unix', `prober: unix\nunix: {${EXPECT}}`, READ_UNIX],
  ['unix: TLS', 'unix', 'prober: unix\nunix: {tls: true}', DEADLINE],
  ['unix: TLS later', 'unix', `prober: unix\nunix: {${STARTTLS}}`, READ_UNIX],
  ['dns: over UDP', 'udp', 'prober: dns\ndns: {query_name: x.test}', READ_UDP],
  ['dns: over TCP', 'tcp', 'prober: dns\ndns: {query_name: x.test, transport_protocol: tcp}', READ_TCP],
  [
    'dns: over TLS',
    'tcp',
    'prober: dns\ndns: {query_name: x.test, transport_protocol: tcp, dns_over_tls: true}',
    DEADLINE,
  ],
  ['grpc', 'tcp', 'prober: grpc\ngrpc: {}', DEADLINE],
];

for (const [name, kind, module, text] of ROWS) {
  t.test(`${name} that does not come`, async (t) => {
    const target = await silence(t, kind);
    const { verdict, log } = await probe(module, target, { timeoutSeconds: 0.2 });
    t.match(verdict, /_timeout$/);
    t.match(log, new RegExp(text.source.replace('TARGET', target.replaceAll('.', String.raw`\.`))));
  });
}

t.test('a connection that does not come', async (t) => {
  const end = new ProbeEnd();
  end.expire();
  const { signal } = end;
  const step = { phase: 'connect', signal, message: 'Error dialing TCP' } as const;
  const failureOf = (timedOut?: string) => stepFailure(new Error('closed'), { ...step, timedOut });
  t.same(failureOf(dialTimedOut('::1', 80)).fields, { err: 'dial tcp [::1]:80: i/o timeout' });
  t.same(failureOf().fields, { err: 'context deadline exceeded' });
});

t.test('who goes is told as such, not as time that is up', async (t) => {
  const end = new ProbeEnd();
  end.cancel();
  const step = { phase: 'connect', signal: end.signal, message: 'm', timedOut: dialTimedOut('::1', 80) } as const;
  t.match(stepFailure(new Error('closed'), step), { reason: 'probe_cancelled', fields: { err: 'context canceled' } });
});
