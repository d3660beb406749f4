import t from 'tap';
import { noIcmp } from '../../helpers/icmp-support.js';
import { startGrpcServer } from '../../helpers/servers/grpc-server.js';
import { startWebsocketServer } from '../../helpers/servers/websocket-server.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { hasBind9, startBind9 } from '../probers/bind9.js';
import { makePlace } from '../servers/real-server.js';
import { checkRecipe, openRecipes, startWrongServers, type WrongAnswer } from '../servers/recipes.js';

const wrong = await startWrongServers(t);
const recipes = await openRecipes(await makePlace(t));
const as = (name: string, target: string, verdict: string): WrongAnswer => ({ name, target, verdict });

t.test('BIND 9', { skip: hasBind9() ? false : 'not here: bind9 (see .ci/servers)', timeout: 300_000 }, async (t) => {
  const { localhost } = await sharedIdentities();
  const { plain, tls, https, close } = await startBind9(localhost);
  t.teardown(close);
  const a = { query_name: 'a.zone.test' };
  const zone = { query_name: 'zone.test' };
  // Over UDP nobody else listens at all.
  const web = wrong.web('request/connection_refused');
  const overTcp = wrong.greeter('request/response_timeout');
  const noTls = wrong.greeter('tls/tls_handshake_failed');
  await checkRecipe(t, recipes, { module: 'dns_a', target: plain, params: a, wrong: [web] });
  const serial = { probe_dns_serial: 2026010203, 'probe_dns_flag{flag="aa"}': 1 };
  await checkRecipe(t, recipes, {
    module: 'dns_soa_serial',
    target: plain,
    params: zone,
    metrics: serial,
    wrong: [web],
  });
  await checkRecipe(t, recipes, { module: 'dns_tcp', target: plain, params: zone, wrong: [overTcp] });
  await checkRecipe(t, recipes, { module: 'dns_over_tls', target: tls, params: a, tls: true, wrong: [noTls] });
  await checkRecipe(t, recipes, { module: 'dns_over_https', target: https, params: a, tls: true, wrong: [noTls] });
  await checkRecipe(t, recipes, { module: 'dns_dnssec', target: plain, params: zone, wrong: [web] });
  const foreign = { query_name: 'www.example.com' };
  await checkRecipe(t, recipes, { module: 'dns_no_recursion', target: plain, params: foreign, wrong: [] });
  const rows: readonly [module: string, name: string, verdict: string][] = [
    ['dns_a', 'aaaa.zone.test', 'check/dns_record_mismatch'],
    ['dns_a', 'gone.zone.test', 'check/dns_rcode_mismatch'],
    ['dns_soa_serial', 'a.zone.test', 'check/dns_record_mismatch'],
    ['dns_dnssec', 'a.zone.test', 'check/dns_record_mismatch'],
    ['dns_no_recursion', 'a.zone.test', 'check/dns_rcode_mismatch'],
  ];
  for (const [module, query_name, verdict] of rows) {
    const probed = await recipes.probe(module, plain, { params: { query_name } });
    t.equal(probed.verdict, verdict, `${module}: ${query_name}`);
  }
});

t.test('ICMP over the loopback', { skip: noIcmp() }, async (t) => {
  for (const module of ['icmp_ip4', 'icmp_loss', 'icmp_mtu_1500']) {
    const { verdict, log } = await recipes.probe(module, '127.0.0.1');
    t.equal(verdict, 'ok', `${module}: ${log}`);
  }
  const loss = await recipes.probe('icmp_loss', '127.0.0.1');
  t.match(loss.metrics, { probe_icmp_packets_sent: 10, probe_icmp_packets_received: 10, probe_icmp_loss_ratio: 0 });
  t.equal((await recipes.probe('icmp_ip6', '::1')).verdict, 'ok', 'icmp_ip6');
  t.equal((await recipes.probe('icmp_ip6', '127.0.0.1')).verdict, 'resolve/dns_no_suitable_address', 'no IPv6');
  t.equal((await recipes.probe('icmp_ip4', '::1')).verdict, 'resolve/dns_no_suitable_address', 'no IPv4');
});

t.test('gRPC', async (t) => {
  const { localhost } = await sharedIdentities();
  const script = (service: string) =>
    service === '' || service === 'example.v1.Service' ? { serving: 1 } : { code: 5, details: 'unknown' };
  const plain = await startGrpcServer({ script });
  const secure = await startGrpcServer({ script, tls: localhost });
  const sick = await startGrpcServer({ script: () => ({ serving: 2 }) });
  const other = await startGrpcServer({ script: () => ({ code: 5, details: 'unknown' }) });
  t.teardown(() => {
    for (const server of [plain, secure, sick, other]) server.close();
  });
  const at = ({ port }: { readonly port: number }): string => `127.0.0.1:${port}`;
  const notServing = as('a sick server', at(sick), 'check/grpc_not_serving');
  const ssh = wrong.greeter('processing/response_malformed');
  await checkRecipe(t, recipes, { module: 'grpc_health', target: at(plain), wrong: [notServing, ssh] });
  await checkRecipe(t, recipes, {
    module: 'grpc_health_tls',
    target: at(secure),
    tls: true,
    wrong: [wrong.greeter('tls/tls_handshake_failed')],
  });
  const unknown = as('a server without the service', at(other), 'check/grpc_service_unknown');
  await checkRecipe(t, recipes, { module: 'grpc_health_service', target: at(plain), wrong: [notServing, unknown] });
});

t.test('WebSocket', async (t) => {
  const echo = await startWebsocketServer(t, (socket) => {
    socket.on('message', (data, isBinary) => {
      socket.send(data, { binary: isBinary });
    });
  });
  const mute = await startWebsocketServer(t, () => undefined);
  const curt = await startWebsocketServer(t, (socket) => {
    socket.close(1008);
  });
  const page = wrong.web('processing/upgrade_refused');
  const notHere = { ...page, target: `ws://${page.target}/` };
  await checkRecipe(t, recipes, { module: 'websocket_upgrade', target: echo.target, wrong: [notHere] });
  await checkRecipe(t, recipes, {
    module: 'websocket_echo',
    target: echo.target,
    wrong: [
      notHere,
      as('a mute server', mute.target, 'dialogue/response_timeout'),
      as('a server that hangs up', curt.target, 'dialogue/connection_closed'),
    ],
  });
});
