import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import t from 'tap';
import { buildReport } from '../../../src/probe/report/build-report.js';
import type { ProbeReport } from '../../../src/probe/report/probe-report.js';
import { atOnce } from '../../../src/values/in-slices.js';
import { wireReply } from '../../helpers/servers/dns-bytes.js';
import { startGrpcServer } from '../../helpers/servers/grpc-server.js';
import { answer, startRawServer } from '../../helpers/servers/raw-server.js';
import { startScriptedDns } from '../../helpers/servers/scripted-dns.js';
import { closedPort, lineByLine, startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe, type ProbeOptions } from '../../helpers/services/probe.js';
import { makeAuthority, makeSelfSigned, sharedIdentities } from '../../helpers/tls/certificates.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';

const ajv = new Ajv2020({ allowUnionTypes: true });
formats.default(ajv);
const schema: unknown = JSON.parse(readFileSync('schemas/probe-report.json', 'utf8'));
const isReport = ajv.compile(schema as object);

/** The report of one probe, which the schema has accepted as JSON. */
async function reportOf(module: string, target: string, options: ProbeOptions = {}): Promise<ProbeReport> {
  const { outcome } = await probe(module, target, options);
  const report = atOnce(
    buildReport({ module: 'm', target, outcome, describe: () => module, describeOwn: () => module }),
  );
  const json: unknown = JSON.parse(JSON.stringify(report));
  if (!isReport(json)) throw new Error(ajv.errorsText(isReport.errors));
  return report;
}

const { authority, localhost } = await sharedIdentities();
const TRUSTING = `tls_config: {server_name: localhost, ca: ${JSON.stringify(authority.cert)}}`;
const DAY_MS = 86_400_000;

t.test('http: a wrong status after a redirect has both hops, the head, the body and the checks', async (t) => {
  const server = await startRawServer(t, (socket, request) => {
    socket.end(
      request.startsWith('GET /a ')
        ? 'HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n'
        : 'HTTP/1.1 503 Down\r\nSet-Cookie: id=geheim\r\nX-A: b\r\n\r\nold\x1b[31m password=geheim',
    );
  });
  const target = `http://127.0.0.1:${server.port}/a`;
  const report = await reportOf('prober: http\nhttp: {fail_if_body_matches_regexp: [old]}', target);
  t.equal(report.success, false);
  t.equal(report.failure?.reason, 'status_code_mismatch');
  t.match(report.failure?.advice, /valid_status_codes/);
  t.same(
    report.hops.map(({ to, address, status }) => [to, address, status]),
    [
      [target, `127.0.0.1:${server.port}`, 302],
      [`http://127.0.0.1:${server.port}/b`, `127.0.0.1:${server.port}`, 503],
    ],
  );
  t.same(
    report.hops.map(({ phases }) => phases.map(({ phase }) => phase)),
    [
      ['resolve', 'connect', 'processing', 'transfer'],
      ['connect', 'processing', 'transfer', 'check'],
    ],
  );
  t.same(
    report.checks.map(({ expects, verdict }) => [expects, verdict]),
    [
      ['status is 2xx', 'failed'],
      ['body does not match old', 'not_reached'],
      ['the body arrives whole', 'not_reached'],
    ],
  );
  t.equal(report.head, 'HTTP/1.1 503\nSet-Cookie: <secret>\nX-A: b');
  t.same(report.excerpt, { of: 'body', text: 'old\\x1b[31m password=<secret>', isCut: false });
  t.notMatch(JSON.stringify(report), 'geheim');
});

t.test('http: a body that breaks a pattern; what comes before it has passed', async (t) => {
  const body = 'y'.repeat(5000);
  const server = await startRawServer(t, answer(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${body}`));
  const module = 'prober: http\nhttp: {fail_if_body_matches_regexp: [x], fail_if_body_not_matches_regexp: [y, z]}';
  const report = await reportOf(module, `http://127.0.0.1:${server.port}/`);
  t.same(
    report.checks.map(({ verdict }) => verdict),
    ['passed', 'passed', 'passed', 'failed', 'not_reached'],
  );
  t.same(report.excerpt, { of: 'body', text: 'y'.repeat(1024), isCut: true });
});

t.test('nothing is kept of a success unless it is asked for', async (t) => {
  const server = await startRawServer(t, answer('HTTP/1.1 200 OK\r\n\r\nok'));
  const { outcome } = await probe('prober: http', `http://127.0.0.1:${server.port}/`);
  t.equal(outcome.trace, undefined);
  const traced = await reportOf('prober: http', `http://127.0.0.1:${server.port}/`, { isTraced: true });
  t.equal(traced.success, true);
  t.equal(traced.excerpt?.text, 'ok');
  t.match(traced.checks, [{ verdict: 'passed' }, { verdict: 'passed' }]);
});

t.test('a refused connection names the address', async (t) => {
  const target = await closedPort();
  const report = await reportOf('prober: tcp', target);
  t.match(report.hops, [
    { to: target, address: target, phases: [{ phase: 'resolve' }, { phase: 'connect', failed: true }] },
  ]);
});

t.test('certificates: names, issuer, days and what is wrong', async (t) => {
  const expired = await authority.issue({
    subject: 'CN=old',
    dnsNames: ['localhost'],
    notAfter: new Date(Date.now() - 3.5 * DAY_MS),
  });
  const other = await authority.issue({ subject: 'CN=other', dnsNames: ['other.test'] });
  const root = await makeAuthority();
  const orphan = await (await root.issueAuthority()).issue({ dnsNames: ['localhost'] });
  const own = await makeSelfSigned({ dnsNames: ['localhost'] });
  const many = await authority.issue({ dnsNames: Array.from({ length: 25 }, (_, index) => `h${index}.example`) });
  for (const [name, identity, problem] of [
    ['expired', expired, 'expired 3 days ago'],
    ['another name', other, 'is not for localhost'],
    ['no intermediate', orphan, /an intermediate certificate is missing/],
    ['self-signed', own, 'is self-signed, and nobody here trusts it'],
  ] as const) {
    const server = await startTlsServer(identity);
    t.teardown(server.close);
    const report = await reportOf(`prober: tcp\ntcp: {tls: true, ${TRUSTING}}`, `127.0.0.1:${server.port}`);
    const tls = report.hops[0]?.tls;
    t.match(tls, { serverName: 'localhost', verified: false, certificates: [{ problems: [problem] }] }, name);
    t.ok(tls?.problem, name);
  }
  const ofMany = await startTlsServer(many);
  t.teardown(ofMany.close);
  const { hops } = await reportOf(`prober: tcp\ntcp: {tls: true, ${TRUSTING}}`, `127.0.0.1:${ofMany.port}`);
  const [found] = hops[0]?.tls?.certificates ?? [];
  t.same([found?.names.length, found?.moreNames], [20, 7], 'two of them are addresses');
  const server = await startTlsServer(localhost);
  t.teardown(server.close);
  const good = await reportOf(`prober: tcp\ntcp: {tls: true, ${TRUSTING}}`, `127.0.0.1:${server.port}`, {
    isTraced: true,
  });
  t.match(good.hops[0]?.tls, { verified: true, certificates: [{ names: ['localhost'], problems: [] }] });
  t.ok((good.hops[0]?.tls?.certificates[0]?.daysLeft ?? 0) > 80);
});

t.test('the other probers', async (t) => {
  const smtp = await startStreamServer(t, lineByLine('220 here\n', { EHLO: '250 nothing\n' }));
  const dialogue = await reportOf(
    'prober: tcp\ntcp: {query_response: [{expect: "^220", send: EHLO}, {expect: "STARTTLS", reject: "^250 "}]}',
    smtp.target,
  );
  t.match(dialogue.checks, [{ verdict: 'passed' }, { expects: 'step 1: expect STARTTLS', verdict: 'failed' }]);
  t.equal(dialogue.excerpt?.text, '250 nothing');

  const dns = await startScriptedDns(t, (query) => [wireReply(query)]);
  const records = await reportOf(
    'prober: dns\ndns: {query_name: x.test, validate_answer_rrs: {fail_if_not_matches_regexp: [nope]}}',
    dns.target,
    { isTraced: true },
  );
  t.match(records.hops, [{ address: dns.target }]);
  t.match(records.checks, [{ verdict: 'passed' }, { expects: 'answer: every record matches nope' }]);

  const health = await startGrpcServer({ script: () => ({ serving: 2 }) });
  t.teardown(health.close);
  const grpc = await reportOf('prober: grpc', `127.0.0.1:${health.port}`);
  t.match(grpc, { failure: { reason: 'grpc_not_serving' }, checks: [{ verdict: 'failed' }] });

  const web = await startRawServer(t, answer('HTTP/1.1 404 Nope\r\n\r\n'));
  const websocket = await reportOf('prober: websocket', `ws://127.0.0.1:${web.port}/`);
  t.match(websocket, { failure: { reason: 'upgrade_refused' }, hops: [{ address: `127.0.0.1:${web.port}` }] });

  const unix = await reportOf('prober: unix', '/nowhere/at/all');
  t.match(unix, { failure: { reason: 'connection_refused' }, hops: [{ address: '/nowhere/at/all' }] });

  const icmp = await reportOf('prober: icmp', 'no such name');
  t.match(icmp.hops, [{ to: 'no such name', phases: [{ phase: 'resolve', failed: true }] }]);
});
