import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { ProbeFailure } from '../../../../src/probe/failure.js';
import type { ProbeContext } from '../../../../src/probe/prober.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { httpGet } from '../../../helpers/services/http-get.js';
import { startApp, testModule } from '../../../helpers/services/start-app.js';

process.env['TZ'] = 'UTC';
const BROWSER = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  Host: 'sonde.example:9115',
};
const GOLDEN = new URL('../../../../../test/golden/probe-page.html', import.meta.url);

const CERTIFICATE = {
  subject: 'CN=<b>shop</b>',
  issuer: 'CN=Example Root',
  names: ['shop.example', '"quoted"'],
  notBefore: '2025-12-01T00:00:00Z',
  notAfter: '2026-01-10T00:00:00Z',
  daysLeft: 7,
  problems: ['is not for <shop>'],
};

/** Leaves what a page can show, with markup wherever a target has a say. */
function leaveTraces({ notes, marks, log }: ProbeContext): void {
  marks.enter('resolve');
  marks.enter('connect');
  notes.dials('https://h/<i>', '127.0.0.1:1');
  marks.enter('tls');
  notes.shows(() => ({
    serverName: 'h"><script>',
    version: 'TLS 1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    applicationProtocol: 'h2',
    verified: false,
    problem: 'x509: <not> for h',
    certificates: [CERTIFICATE, { ...CERTIFICATE, moreNames: 979, daysLeft: -4, problems: ['expired 3 days ago'] }],
  }));
  const headers = new Map([
    ['X-<b>', ["<script>alert('x')</script>"]],
    ['Set-Cookie', ['hunter2']],
  ]);
  notes.answers({ version: 'HTTP/2.0', status: 200, headers });
  notes.expects(() => [
    { expects: 'status is 2xx', reasons: ['status_code_mismatch'] },
    { expects: 'body matches "<h1>"', reasons: ['body_mismatch'] },
    { expects: 'the body arrives whole', reasons: ['body_truncated'] },
  ]);
  notes.looksAt(
    'body',
    () => `</pre><script src="//evil.example/x.js"></script>\u001b[31m\u202e password=hunter2 ${'x'.repeat(1100)}`,
  );
  log.info('Looking <at>', { it: '&amp;', password: 'password=hunter2' });
}

const failing = testModule({
  name: 'fail&ing',
  probe: (_request, context) => {
    leaveTraces(context);
    context.marks.enter('check');
    return Promise.reject(new ProbeFailure('check', 'body_mismatch', 'Body <did> not match', { regexp: '<h1>' }));
  },
});
const fine = testModule({
  name: 'fine',
  plain: 'prober: test\nx: "<&>"\n',
  probe: (_request, context) => {
    leaveTraces(context);
    return Promise.resolve();
  },
});

t.test('the page of a failed probe, whole', async (t) => {
  const app = await startApp({ modules: [failing], clock: new ManualClock() });
  t.teardown(() => app.stop(0));
  const query = new URLSearchParams({ module: 'fail&ing', target: `https://me:hunter2@h/<i>'"` });
  await httpGet(app.address, `/probe?${query.toString()}`);
  const { status, headers, text } = await httpGet(app.address, '/probes/0', { headers: BROWSER });
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/html; charset=utf-8');
  const policy = String(headers['content-security-policy']);
  t.match(
    policy,
    /^default-src 'none'; style-src 'sha256-[\w+/=]+'; img-src data:; form-action 'self'; base-uri 'none'/,
  );
  t.notMatch(policy, 'script-src');
  const page = text.replace(/<style>.*?<\/style>/s, '<style></style>');
  if (process.env['SONDE_GENERATE'] === '1') writeFileSync(GOLDEN, page);
  t.equal(page, readFileSync(GOLDEN, 'utf8'));
  t.notMatch(text, 'hunter2', 'no secret');
  t.notMatch(text, /<script|<b>|<i>|<h1>"|\u001b|\u202e/, 'no markup and no control character of others');
  t.match(text, '<title>Failed: ');
  t.match(text, ' – Sonde</title>');
});

t.test('browsers get a page where tools get the text that they know, byte for byte', async (t) => {
  const app = await startApp({ modules: [fine], clock: new ManualClock() });
  t.teardown(() => app.stop(0));
  const probe = '/probe?module=fine&target=t&debug=true';
  const told = (await httpGet(app.address, probe)).text;
  t.match(told, /^Logs for the probe:\n/);
  for (const path of [probe, '/logs?id=0', '/logs?target=t&module=fine']) {
    const page = await httpGet(app.address, path, { headers: BROWSER });
    t.equal(page.headers['content-type'], 'text/html; charset=utf-8', path);
    t.equal(page.headers.vary, 'Accept', path);
    t.match(page.text, '<h1><span class="pill good">OK</span> t</h1>', path);
    for (const accept of ['*/*', 'text/plain', 'text/html;q=0.1, text/plain']) {
      const text = await httpGet(app.address, path, { headers: { Accept: accept } });
      t.equal(text.headers['content-type'], 'text/plain; charset=utf-8', `${path} ${accept}`);
      t.equal(text.headers.vary, 'Accept', `${path} ${accept}`);
      t.equal(text.text, told, `${path} ${accept}`);
    }
  }
  const metrics = await httpGet(app.address, '/probe?module=fine&target=t', { headers: BROWSER });
  t.match(metrics.text, /^# HELP probe_/, 'metrics stay metrics');
  t.equal((await httpGet(app.address, '/logs?id=77')).text, 'Probe id not found\n');
  const missing = await httpGet(app.address, '/logs?id=77', { headers: BROWSER });
  t.equal(missing.status, 404);
  t.match(missing.text, /<h1>No such probe<\/h1>[^]*<a href="\.\/">/);
});

t.test('a page leads to the probes before and behind it, and to the latest success', async (t) => {
  const clock = new ManualClock();
  let isDown = false;
  const flapping = testModule({
    name: 'm',
    probe: () => (isDown ? Promise.reject(new ProbeFailure('connect', 'connection_refused', 'no')) : Promise.resolve()),
  });
  const app = await startApp({ modules: [flapping, { ...flapping, name: 'other' }], clock });
  t.teardown(() => app.stop(0));
  for (const [module, down] of [
    ['m', false],
    ['other', false],
    ['m', true],
    ['m', false],
    ['m', true],
  ] as const) {
    isDown = down;
    await httpGet(app.address, `/probe?module=${module}&target=t`);
  }
  const links = async (id: number): Promise<readonly string[]> => {
    const { text } = await httpGet(app.address, `/probes/${id}`, { headers: BROWSER });
    return [...text.matchAll(/href="\.\.\/probes\/(\d+)"[^>]*>([^<]*)/g)].map(([, to, name]) => `${name} ${to}`);
  };
  t.same(await links(0), ['Next probe → 2']);
  t.same(await links(1), [], 'other modules are other probes');
  t.same(await links(2), ['← Previous probe 0', 'Next probe → 3', 'Latest success with a report 0']);
  t.same(
    await links(3),
    ['← Previous probe 2', 'Next probe → 4', 'Latest success with a report 0', 'the latest one 0'],
    'the next success within a minute is not traced again',
  );
  t.same(await links(4), ['← Previous probe 3', 'Latest success with a report 0']);
});

t.test('what is not kept has no page', async (t) => {
  const app = await startApp({ modules: [fine] });
  t.teardown(() => app.stop(0));
  for (const id of ['0', '-1', '1e3', 'x', '0/', '0/1', '99999999999999999999', '%00', 'constructor', '__proto__']) {
    const { status, headers, text } = await httpGet(app.address, `/probes/${id}`, { headers: BROWSER });
    t.equal(status, 404, id);
    t.match(headers['content-security-policy'], "default-src 'none'", id);
    t.match(text, '<title>No such probe – Sonde</title>', id);
  }
  t.equal((await httpGet(app.address, '/probes', { headers: BROWSER })).status, 404);
  t.equal((await httpGet(app.address, '/probes/', { headers: BROWSER })).status, 404);
});

t.test('below a prefix all links are relative', async (t) => {
  const app = await startApp({ modules: [failing], web: { routePrefix: '/a/b' } });
  t.teardown(() => app.stop(0));
  await httpGet(app.address, '/a/b/probe?module=fail%26ing&target=t');
  const { text } = await httpGet(app.address, '/a/b/probes/0', { headers: BROWSER });
  const hrefs = [...text.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href);
  t.ok(hrefs.length > 6);
  t.same(
    hrefs.filter((href) => !/^(?:\.\.\/|data:)/.test(href)),
    [],
  );
  t.match(text, 'curl -sS &#39;http://sonde.example:9115/a/b/probe?', 'commands have whole URLs');
});

t.test('a page is bounded, whatever the probe left', async (t) => {
  const talkative = testModule({
    name: 'talkative',
    plain: '<'.repeat(1_000_000),
    probe: (_request, { log }) => {
      for (let line = 0; line < 10_000; line++) log.info('<'.repeat(5000));
      return Promise.resolve();
    },
  });
  const app = await startApp({ modules: [talkative] });
  t.teardown(() => app.stop(0));
  const target = '<'.repeat(16_000);
  const { text } = await httpGet(app.address, `/probe?module=talkative&debug=true&target=${target}`, {
    headers: BROWSER,
  });
  t.ok(text.length < 1_000_000, `${text.length} characters`);
  t.match(text, 'is too long or has control characters');
});
