import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Identity, makeSelfSigned, sharedIdentities } from '../../helpers/tls/certificates.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';
import { startRedis } from '../servers/databases.js';
import type { Place } from '../servers/real-server.js';
import { checkRecipe, openRecipes, startWrongServers, withServer, type WrongAnswer } from '../servers/recipes.js';
import { startNginx } from '../servers/web.js';

const wrong = await startWrongServers(t);
const as = (name: string, target: string, verdict: string): WrongAnswer => ({ name, target, verdict });

withServer(t, { name: 'nginx: web sites', programs: ['nginx'] }, async (t, { place, recipes, found: [nginx] }) => {
  const server = await startNginx(t, nginx!, place);
  mkdirSync(join(place.folder, 'secrets'));
  writeFileSync(join(place.folder, 'secrets/monitor'), 'secret\n');
  const plain = `http://${server.plain}`;
  const https = `https://${server.https}`;
  const ssh = wrong.greeter('processing/response_malformed');
  const broken = as('an error', `${plain}/broken`, 'check/status_code_mismatch');
  const moved = as('a redirect', `${plain}/moved`, 'check/status_code_mismatch');
  await checkRecipe(t, recipes, { module: 'http_2xx_direct', target: plain, wrong: [ssh, broken, moved] });
  const six = as('an IPv6 address', `http://${server.plain6}`, 'resolve/dns_no_suitable_address');
  await checkRecipe(t, recipes, {
    module: 'http_2xx_ip4',
    target: plain,
    wrong: [ssh, broken, six],
    metrics: { probe_ip_protocol: 4 },
  });
  await checkRecipe(t, recipes, {
    module: 'http_2xx_ip6',
    target: `http://${server.plain6}`,
    wrong: [as('an IPv4 address', plain, 'resolve/dns_no_suitable_address')],
    metrics: { probe_ip_protocol: 6 },
  });
  const http1 = as('HTTP/1.1', `https://${server.old}`, 'check/http_version_mismatch');
  await checkRecipe(t, recipes, {
    module: 'http2_2xx',
    target: https,
    tls: true,
    wrong: [http1],
    metrics: { probe_http_version: 2 },
  });
  await checkRecipe(t, recipes, {
    module: 'http_2xx_not_ssl',
    target: plain,
    wrong: [
      as('HTTPS', https, 'check/tls_unexpected'),
      as('a redirect to HTTPS', `http://${server.redirect}`, 'check/tls_unexpected'),
    ],
  });
  await checkRecipe(t, recipes, {
    module: 'http_redirects_to_https',
    target: `http://${server.redirect}`,
    wrong: [as('a page', plain, 'check/status_code_mismatch'), moved],
  });
  await checkRecipe(t, recipes, {
    module: 'http_post_json',
    target: `${plain}/post`,
    wrong: [broken, as('no JSON', plain, 'check/header_mismatch')],
  });
  await checkRecipe(t, recipes, {
    module: 'http_json_health',
    target: `${plain}/health`,
    wrong: [
      as('a sick server', `${plain}/sick`, 'check/cel_mismatch'),
      as('no JSON', plain, 'check/body_not_json'),
      broken,
    ],
  });
  await checkRecipe(t, recipes, {
    module: 'http_needs_login',
    target: `${plain}/private`,
    wrong: [as('an open door', plain, 'check/status_code_mismatch')],
  });
  await checkRecipe(t, recipes, {
    module: 'http_basic_auth',
    target: `${https}/private`,
    tls: true,
    wrong: [as('no TLS', `${plain}/private`, 'check/tls_missing')],
  });
});

withServer(t, { name: 'nginx: TLS', programs: ['nginx'] }, async (t, { place, recipes, found: [nginx] }) => {
  const { https, old, clientCertificate } = await startNginx(t, nginx!, place);
  const { authority } = await sharedIdentities();
  const client = await authority.issue({ subject: 'CN=prober' });
  const files = join(place.folder, 'tls');
  mkdirSync(files);
  writeFileSync(join(files, 'ca.pem'), authority.cert);
  writeClient(place, client);
  const expired = await authority.issue({ notAfter: new Date('2021-01-01T00:00:00Z') });
  const expiredTarget = await greetingTls(t, expired);
  const foreign = await makeSelfSigned({ dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
  const foreignTarget = await greetingTls(t, foreign);
  const noTls = wrong.greeter('tls/tls_handshake_failed');
  const unknown = as('a certificate of nobody', foreignTarget, 'tls/tls_self_signed');
  const late = as('an expired certificate', expiredTarget, 'tls/tls_certificate_expired');
  await checkRecipe(t, recipes, { module: 'tls_expiry', target: https, tls: true, wrong: [noTls] });
  await checkRecipe(t, recipes, { module: 'tls_strict', target: https, tls: true, wrong: [noTls, unknown, late] });
  await checkRecipe(t, recipes, {
    module: 'tls_1_3',
    target: https,
    tls: true,
    wrong: [as('TLS 1.2', old, 'tls/tls_handshake_failed'), unknown],
  });
  await checkRecipe(t, recipes, { module: 'tls_private_ca', target: https, tls: true, wrong: [unknown, late] });
  const expiredSeen = await recipes.probe('tls_expiry', expiredTarget);
  t.equal(expiredSeen.verdict, 'ok', 'tls_expiry does not judge');
  t.match(expiredSeen.metrics, {
    probe_ssl_verified: 0,
    probe_ssl_earliest_cert_expiry: Date.parse('2021-01-01T00:00:00Z') / 1000,
  });
  await checkRecipe(t, recipes, {
    module: 'tls_client_certificate',
    target: clientCertificate,
    tls: true,
    wrong: [noTls],
  });
  await checkRecipe(t, recipes, {
    module: 'https_client_certificate',
    target: `https://${clientCertificate}`,
    tls: true,
    wrong: [],
  });
  const other = await makeSelfSigned({ subject: 'CN=stranger' });
  writeClient(place, other);
  // A module looks at its files every second; this one is new.
  const refused = await (await openRecipes(place)).probe('https_client_certificate', `https://${clientCertificate}`);
  t.equal(refused.verdict, 'check/status_code_mismatch', 'nginx answers 400 to a certificate of somebody else');
});

const strict = { name: 'Redis: client certificates', programs: ['redis-server'] };

withServer(t, strict, async (t, { place, recipes, found: [redis] }) => {
  const { tls } = await startRedis(t, redis!, place, 'tls-auth-clients yes');
  const { authority } = await sharedIdentities();
  writeClient(place, await authority.issue({ subject: 'CN=prober' }));
  const row = { module: 'tls_client_certificate', target: tls, tls: true, wrong: [] } as const;
  await checkRecipe(t, recipes, row);
  writeClient(place, await makeSelfSigned({ subject: 'CN=stranger' }));
  const refused = await (await openRecipes(place)).probe(row.module, tls);
  t.equal(refused.verdict, 'tls/tls_client_certificate_required', refused.log);
});

function writeClient({ folder }: Place, { cert, key }: Identity): void {
  mkdirSync(join(folder, 'tls'), { recursive: true });
  writeFileSync(join(folder, 'tls/client.pem'), cert);
  writeFileSync(join(folder, 'tls/client.key'), key);
}

async function greetingTls(t: Test, identity: Identity): Promise<string> {
  const server = await startTlsServer(identity);
  t.teardown(server.close);
  return `127.0.0.1:${server.port}`;
}
