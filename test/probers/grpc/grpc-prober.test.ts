import * as grpc from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import t from 'tap';
import { type HealthScript, listen, startGrpcServer } from '../../helpers/servers/grpc-server.js';
import { probe } from '../../helpers/services/probe.js';

const IP4 = 'prober: grpc\ngrpc:\n  preferred_ip_protocol: ip4\n';
const STATUS = 'probe_grpc_status_code';
const series = (status: string): string => `probe_grpc_healthcheck_response{serving_status="${status}"}`;
const phase = (name: string): string => `probe_grpc_duration_seconds{phase="${name}"}`;

t.test('a server with the health service of grpc-health-check', async (t) => {
  const health = new HealthImplementation({ '': 'SERVING', down: 'NOT_SERVING', odd: 'UNKNOWN' });
  const server = new grpc.Server();
  health.addToServer(server);
  const port = await listen(server, '127.0.0.1:0', grpc.ServerCredentials.createInsecure());
  t.teardown(() => {
    server.forceShutdown();
  });
  const target = `127.0.0.1:${port}`;

  const up = await probe(IP4, target);
  t.equal(up.verdict, 'ok', 'the server is serving');
  t.equal(up.metrics[STATUS], 0);
  t.equal(up.metrics['probe_grpc_ssl'], 0);
  t.equal(up.metrics[series('SERVING')], 1);
  for (const other of ['UNKNOWN', 'NOT_SERVING', 'SERVICE_UNKNOWN']) t.equal(up.metrics[series(other)], 0, other);
  for (const each of ['resolve', 'connect', 'check']) t.type(up.metrics[phase(each)], 'number', each);
  t.equal(up.metrics[phase('tls')], undefined, 'no TLS, no such phase');

  const down = await probe(`${IP4}  service: down\n`, target);
  t.equal(down.verdict, 'check/grpc_not_serving', 'a service that does not serve');
  t.equal(down.metrics[STATUS], 0);
  t.equal(down.metrics[series('NOT_SERVING')], 1);
  t.equal(down.metrics[series('SERVING')], 0);

  const odd = await probe(`${IP4}  service: odd\n`, target);
  t.equal(odd.verdict, 'check/grpc_not_serving', 'a service in an unknown state');
  t.equal(odd.metrics[series('UNKNOWN')], 1);

  const unknown = await probe(`${IP4}  service: nope\n`, target);
  t.equal(unknown.verdict, 'check/grpc_service_unknown', 'a service that nobody knows');
  t.equal(unknown.metrics[STATUS], 5);
});

t.test('a server without health service', async (t) => {
  const server = new grpc.Server();
  const port = await listen(server, '127.0.0.1:0', grpc.ServerCredentials.createInsecure());
  t.teardown(() => {
    server.forceShutdown();
  });
  const probed = await probe(IP4, `127.0.0.1:${port}`);
  t.equal(probed.verdict, 'check/grpc_unimplemented');
  t.equal(probed.metrics[STATUS], 12);
  t.equal(probed.metrics[series('SERVING')], 0, 'the family is there all the same');
});

const SCRIPTS: readonly (readonly [string, HealthScript, string, number])[] = [
  ['a serving status without name', () => ({ serving: 42 }), 'check/grpc_not_serving', 0],
  ['permission denied', () => ({ code: 7, details: 'no' }), 'check/grpc_status_error', 7],
  ['unauthenticated', () => ({ code: 16, details: 'é' }), 'check/grpc_status_error', 16],
  ['deadline exceeded, says the server', () => ({ code: 4, details: '' }), 'check/grpc_status_error', 4],
];

t.test('what else a server can say', async (t) => {
  for (const [name, script, verdict, code] of SCRIPTS) {
    const server = await startGrpcServer({ script });
    t.teardown(server.close);
    const probed = await probe(IP4, `127.0.0.1:${server.port}`);
    t.equal(probed.verdict, verdict, name);
    t.equal(probed.metrics[STATUS], code, `${name}: code`);
    if (code === 0) t.equal(probed.metrics[series('42')], 1, 'its number is its name');
  }
});

t.test('what a server is told', async (t) => {
  const server = await startGrpcServer();
  t.teardown(server.close);
  const metadata = '  service: a.b.C\n  metadata: { authorization: [Bearer x], x-two: [a, b], raw-bin: [é] }\n';
  const target = `http://user@127.0.0.1:${server.port}/path`;
  t.equal((await probe(IP4 + metadata, target)).verdict, 'ok');
  t.equal((await probe(`${IP4}  authority: other.example\n`, target)).verdict, 'ok');
  const [first, second] = server.calls;
  t.match(first, { service: 'a.b.C', authority: `127.0.0.1:${server.port}` });
  t.match(first?.metadata, { authorization: ['Bearer x'], 'x-two': ['a, b'], 'raw-bin': [Buffer.from('é')] });
  t.match(first?.metadata['user-agent'], [/Sonde/]);
  t.match(second, { service: '', authority: 'other.example' });
});

t.test('metadata that cannot be sent', async (t) => {
  const server = await startGrpcServer();
  t.teardown(server.close);
  for (const line of ['Authorization: [x]', 'connection: [x]', '"a b": [x]']) {
    const probed = await probe(`${IP4}  metadata: { ${line} }\n`, `127.0.0.1:${server.port}`);
    t.equal(probed.verdict, 'setup/invalid_request', line);
    t.equal(probed.metrics[STATUS], 13, `${line}: code`);
  }
  t.same(server.calls, []);
});

t.test('IPv6', async (t) => {
  const server = await startGrpcServer({ host: '::1' });
  t.teardown(server.close);
  for (const target of [`[::1]:${server.port}`, `https://[::1]:${server.port}/`]) {
    const probed = await probe('prober: grpc', target);
    t.equal(probed.verdict, 'ok', target);
    t.equal(probed.metrics['probe_ip_protocol'], 6, target);
  }
  const none = await probe(
    'prober: grpc\ngrpc: { ip_protocol_fallback: false, preferred_ip_protocol: ip4 }',
    '[::1]:1',
  );
  t.equal(none.verdict, 'resolve/dns_no_suitable_address', 'the family rule holds for literals');
  t.equal(none.metrics[series('SERVING')], undefined, 'nothing was asked');
});

t.test('IPv4 without a grpc block', async (t) => {
  const server = await startGrpcServer();
  t.teardown(server.close);
  t.equal((await probe('prober: grpc', `127.0.0.1:${server.port}`)).verdict, 'ok');
});

t.test('targets that are none', async (t) => {
  const probed = await probe(IP4, 'a:b:c');
  t.equal(probed.verdict, 'setup/invalid_target');
  t.equal(probed.metrics[STATUS], 0);
  t.equal(probed.metrics[phase('resolve')], 0);
  t.equal(probed.metrics[phase('check')], undefined);
  t.equal(probed.metrics['probe_ip_protocol'], undefined);
});
