import { writeFileSync } from 'node:fs';
import t from 'tap';
import { ConfigStore } from '../../../../src/config/config-store.js';
import { FAILURE_REASONS } from '../../../../src/probe/failure.js';
import { allProbers } from '../../../../src/probers/all-probers.js';
import { systemClock } from '../../../../src/values/clock.js';
import { httpGet } from '../../../helpers/services/http-get.js';
import { testProberDeps } from '../../../helpers/services/prober-deps.js';
import { startApp, testModule } from '../../../helpers/services/start-app.js';

const BROWSER = { Accept: 'text/html' };
const NAMES = ['a b', 'x/y', 'constructor', '__proto__', '<b>"\'&', '%41', 'ünï', '..a', 'a#b?c=d'];
const YAML = `modules:
  http_2xx: {prober: http, timeout: 5s, http: {basic_auth: {username: u, password: hunter2}}}
  mixed: {prober: tcp, dns: {query_name: example.com}}
${NAMES.map((name) => `  ${JSON.stringify(name)}: {prober: tcp}\n`).join('')}`;

async function startConfigured(t: {
  testdir: (files: Record<string, string>) => string;
  teardown: (end: () => unknown) => void;
}) {
  const file = `${t.testdir({ 'blackbox.yml': YAML })}/blackbox.yml`;
  const probers = allProbers(testProberDeps({}));
  const config = await ConfigStore.open({ paths: [file], probers, clock: systemClock });
  const app = await startApp({ config });
  t.teardown(() => app.stop(0));
  return { app, config, file };
}

t.test('/config is a page for browsers, and the same YAML as ever for all others', async (t) => {
  const { app, config, file } = await startConfigured(t);
  const text = await httpGet(app.address, '/config');
  t.equal(text.text, [...config.current().render()].join(''));
  t.equal(text.headers['content-type'], 'text/plain; charset=utf-8');
  t.equal(text.headers.vary, 'Accept');
  const page = await httpGet(app.address, '/config', { headers: BROWSER });
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  t.equal(page.headers.vary, 'Accept');
  t.match(page.text, '<title>Configuration – Sonde</title>');
  t.match(page.text, '<article class="module" id="module-http_2xx"><h2><a href="modules/http_2xx">http_2xx</a></h2>');
  t.match(page.text, `${file}:2:3`);
  t.match(page.text, 'password: &lt;secret&gt;');
  t.notMatch(page.text, 'hunter2');
  t.notMatch(page.text, /<b>"/);
  t.notMatch(page.text, 'ttl: 64', 'defaults of other probers are left out');
  t.match(page.text, 'query_name: example.com', 'what the file has for another prober is shown');
  t.match(page.text, 'aria-label="Probe with http_2xx"');
});

t.test('the YAML of many modules is sent while it is made', async (t) => {
  const lines = Array.from({ length: 300 }, (_none, index) => `  m${index}: {prober: icmp}\n`);
  const file = `${t.testdir({ 'blackbox.yml': `modules:\n${lines.join('')}` })}/blackbox.yml`;
  const probers = allProbers(testProberDeps({}));
  const config = await ConfigStore.open({ paths: [file], probers, clock: systemClock });
  const app = await startApp({ config });
  t.teardown(() => app.stop(0));
  const pieces = [...config.current().render()];
  t.ok(
    pieces.every((piece) => piece.length < 4000),
    'a piece has one module at most',
  );
  const { text, headers } = await httpGet(app.address, '/config');
  t.equal(text, pieces.join(''));
  t.match(text, /^modules:\n {4}m0:\n[^]*\n {4}m9:\n[^]*\n {4}m10:\n/);
  t.equal(headers['content-type'], 'text/plain; charset=utf-8');
  t.equal(headers.vary, 'Accept');
  const head = await httpGet(app.address, '/config', { method: 'HEAD' });
  t.strictSame([head.status, head.text], [200, '']);
});

t.test('each module has a page, whatever it is called', async (t) => {
  const { app } = await startConfigured(t);
  const { text } = await httpGet(app.address, '/config', { headers: BROWSER });
  const links = [...text.matchAll(/<h2><a href="(modules\/[^"]*)"/g)].map(([, href = '']) => href);
  t.equal(links.length, NAMES.length + 2);
  for (const link of links) {
    const page = await httpGet(app.address, `/${link.replaceAll('&amp;', '&').replaceAll('&#39;', "'")}`, {
      headers: BROWSER,
    });
    t.equal(page.status, 200, link);
    t.match(page.text, '<h1>Module ', link);
  }
  const one = (await httpGet(app.address, '/modules/http_2xx', { headers: BROWSER })).text;
  t.match(one, '<form class="bar" action="../probe"><input type="hidden" name="module" value="http_2xx">');
  t.match(one, '<h2>With the defaults of the other probers</h2>');
  for (const name of ['nope', 'toString', '%00', 'http_2xx/']) {
    const { status, headers } = await httpGet(app.address, `/modules/${name}`, { headers: BROWSER });
    t.equal(status, 404, name);
    t.match(headers['content-security-policy'], "default-src 'none'", name);
  }
});

t.test('files that are not in force, and modules that refuse, are told', async (t) => {
  const { app, config, file } = await startConfigured(t);
  writeFileSync(file, 'modules: {<i>: {prober: nope, x: 1}}\n');
  await t.rejects(config.reload());
  const { text } = await httpGet(app.address, '/config', { headers: BROWSER });
  t.match(text, '<strong class="bad-text">not in force</strong><pre>error parsing config file');
  t.notMatch(text, '<i>');
});

t.test('thousands of modules make a page of bounded length', async (t) => {
  const modules = Array.from({ length: 3000 }, (_, index) =>
    testModule({ name: `m${index}`, plain: '<'.repeat(1000) }),
  );
  const app = await startApp({ modules: [...modules, testModule({ name: 'long', plain: 'x'.repeat(1_000_000) })] });
  t.teardown(() => app.stop(0));
  const { text } = await httpGet(app.address, '/config', { headers: BROWSER });
  t.ok(text.length < 1_000_000, `${text.length} characters`);
  t.match(text, '<li><a href="modules/m2999">m2999</a></li>');
  t.ok((await httpGet(app.address, '/modules/long', { headers: BROWSER })).text.length < 200_000);
});

t.test('each reason has a place on the page of reasons', async (t) => {
  const app = await startApp({});
  t.teardown(() => app.stop(0));
  const { text, headers } = await httpGet(app.address, '/reasons');
  t.equal(headers['content-type'], 'text/html; charset=utf-8');
  for (const reason of Object.keys(FAILURE_REASONS)) t.match(text, `<dt id="${reason}">`);
});
