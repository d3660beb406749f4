import { Script } from 'node:vm';
import t, { type Test } from 'tap';
import { earliestCertificateExpiry } from '../../../../src/probe/certificate-expiry.js';
import { ProbeFailure } from '../../../../src/probe/failure.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { httpGet } from '../../../helpers/services/http-get.js';
import { startApp, type TestApp, testModule } from '../../../helpers/services/start-app.js';

const DAY_SECONDS = 86_400;

/** A service whose module `m` succeeds or fails as the target says; `days(N)` is a certificate with N days left. */
async function start(t: Test, clock = new ManualClock()): Promise<TestApp> {
  const probe = testModule({
    name: 'm',
    prober: 'http',
    timeoutSeconds: 5,
    probe: async ({ target }, { metrics }) => {
      const [, days] = /days\((-?\d+)\)/.exec(target) ?? [];
      if (days !== undefined) metrics.set(earliestCertificateExpiry, clock.wallSeconds() + Number(days) * DAY_SECONDS);
      clock.advance(0.25);
      if (target.includes('down')) {
        throw new ProbeFailure('connect', 'connection_refused', 'Error dialing TCP', {
          err: `<b>${target}</b> refused`,
        });
      }
    },
  });
  const app = await startApp({ modules: [probe, testModule({ name: 'other<i>' })], clock });
  t.teardown(() => app.stop(0));
  return app;
}

async function probed(app: TestApp, targets: readonly string[], module = 'm'): Promise<void> {
  for (const target of targets) {
    await httpGet(app.address, `/probe?${new URLSearchParams({ module, target }).toString()}`);
  }
}

const page = async (app: TestApp, query = ''): Promise<string> => (await httpGet(app.address, `/${query}`)).text;
const rowsOf = (html: string): string[] => {
  const [table = ''] = /<table role="table"[\s\S]*?<\/table>/.exec(html) ?? [];
  return [...table.matchAll(/<tr role="row" class[\s\S]*?<\/tr>/g)].map(([row]) => row);
};
const namesOf = (html: string): string[] =>
  rowsOf(html).map((row) => /class="name"[^>]*>([^<]*)</.exec(row)?.[1] ?? '');

t.test('failures first, the latest before the others; then by name', async (t) => {
  const clock = new ManualClock();
  const app = await start(t, clock);
  await probed(app, ['b', 'down1', 'a']);
  clock.advance(10);
  await probed(app, ['down2', 'down1', 'c']);
  const html = await page(app);
  t.same(namesOf(html), ['down2', 'down1', 'a', 'b', 'c']);
  t.match(html, '<title>Targets – Sonde</title>');
  t.match(html, '<p class="summary" role="status">2 of 5 targets failing.</p>');
});

t.test('a row: since when, how it was, why in words, how long it took, what is left of its certificate', async (t) => {
  const clock = new ManualClock();
  const app = await start(t, clock);
  await probed(app, ['x days(3)', 'down']);
  clock.advance(180);
  await probed(app, ['x days(-1)']);
  const [down = '', x = ''] = rowsOf(await page(app));
  t.match(down, /<span class="pill bad">Failing<\/span> <span class="muted">for at least <time [^>]*>3 min<\/time>/);
  t.match(down, '<a class="name" href="probes/1">down</a>');
  t.match(down, '<strong>nothing listens at the address, or a firewall rejects the connection</strong>');
  t.match(down, 'connection_refused in connect: Error dialing TCP: &lt;b&gt;down&lt;/b&gt; refused');
  t.match(down, 'aria-label="Last probe: 1 failed, they took 250 ms"');
  t.match(down, /data-head="Last probe"><time datetime="2026-01-02T03:04:05.928Z" title="2026-01-02 03:04:05 UTC"/);
  t.match(down, '<span class="value">250 ms</span>');
  t.equal(namesOf(await page(app))[1], 'x days(-1)', 'another target');
  t.match(x, /expired 24 h ago|expired 1 days ago|expired \d+ s ago/);
});

t.test('certificates by what is left', async (t) => {
  const app = await start(t);
  await probed(app, ['days(3)', 'days(14)', 'days(90)', 'none']);
  const rows = rowsOf(await page(app));
  const rowOf = (name: string): string => rows.find((row) => row.includes(`>${name}<`)) ?? '';
  t.match(rowOf('days(3)'), /<span class="bad-text" title="until 2026-01-05 [^"]*">2 days left/);
  t.match(rowOf('days(14)'), /<span class="warn-text" [^>]*>13 days left/);
  t.match(rowOf('days(90)'), /<span class="" [^>]*>89 days left/);
  t.match(rowOf('none'), '<span class="muted">–</span>');
});

t.test('the strip has a bar a result: failures of the whole height', async (t) => {
  const clock = new ManualClock();
  let isDown = false;
  const flapping = testModule({
    name: 'm',
    probe: async () => {
      clock.advance(isDown ? 2 : 0.5);
      if (isDown) throw new ProbeFailure('connect', 'connection_timeout', 'Too slow');
    },
  });
  const app = await startApp({ modules: [flapping], clock });
  t.teardown(() => app.stop(0));
  for (const down of [false, true, false]) {
    isDown = down;
    await probed(app, ['t']);
  }
  const [row = ''] = rowsOf(await page(app));
  t.match(row, '<path class="good" d="M230 24v-4M238 24v-4"/><path class="bad" d="M234 24v-24"/>');
  t.match(row, 'aria-label="Last 3 probes: 1 failed, they took 500 ms to 2.0 s"');
  t.match(row, /<p class="muted">failed <time [^>]*>2 s ago<\/time>: the connection was not established in time<\/p>/);
});

t.test('filters by text, module and outcome, which stay in the form and in the links', async (t) => {
  const app = await start(t);
  await probed(app, ['a', 'down', 'b']);
  await probed(app, ['a'], 'other<i>');
  const rows: readonly (readonly [query: string, names: readonly string[]])[] = [
    ['?q=A', ['a', 'a']],
    ['?q=refused', ['down']],
    ['?outcome=failure', ['down']],
    ['?outcome=success&module=m', ['a', 'b']],
    ['?module=other%3Ci%3E', ['a']],
    ['?module=none', []],
  ];
  for (const [query, names] of rows) t.same(namesOf(await page(app, query)), names, query);
  const html = await page(app, '?q=%22%3E%3Cb%3E&module=other%3Ci%3E&outcome=success');
  t.match(html, 'value="&#34;&gt;&lt;b&gt;"');
  t.match(html, '<option value="other&lt;i&gt;" selected>other&lt;i&gt;</option>');
  t.match(html, '<option value="success" selected>OK</option>');
  t.match(html, '1 of 4 targets failing; 0 shown by the filter.');
  t.equal((await httpGet(app.address, '/?outcome=bad')).status, 400);
});

t.test('a hundred rows at a time', async (t) => {
  const app = await start(t);
  await probed(
    app,
    Array.from({ length: 130 }, (_, index) => `t${String(index).padStart(3, '0')}`),
  );
  const first = await page(app, '?q=t');
  t.equal(rowsOf(first).length, 100);
  t.match(first, 'page 1 of 2 <a href="?q=t&amp;page=2" rel="next">Next</a>');
  t.same(namesOf(await page(app, '?q=t&page=2')).length, 30);
  t.same(namesOf(await page(app, '?q=t&page=99')).length, 30);
});

t.test('hostile names are shown, and nothing else', async (t) => {
  const app = await start(t);
  const names = ['<script>alert(1)</script>', '\u202egnp.exe', 'x'.repeat(5000), '__proto__', '"onload="x', '\ud800'];
  await probed(app, names);
  const html = await page(app);
  t.notMatch(html, '<script>alert');
  t.match(html, '&lt;script&gt;alert(1)&lt;/script&gt;');
  t.match(html, '\\u202egnp.exe');
  t.match(html, `${'x'.repeat(200)}…`);
  t.notMatch(html, 'x'.repeat(201));
  t.match(html, '&#34;onload=&#34;x');
  t.ok(namesOf(html).includes('__proto__'));
});

t.test('the forms: a list of modules, and what each is', async (t) => {
  const app = await start(t);
  const html = await page(app);
  t.match(html, 'Nothing has been probed yet.');
  t.match(
    html,
    /<form class="bar" action="probe">.*<select name="module" aria-label="Module to probe with"><option value="m"/,
  );
  t.match(html, '<li><a href="modules/m">m</a> <span class="muted">http, at most 5 s</span></li>');
  t.match(html, '<li><a href="modules/other%3Ci%3E">other&lt;i&gt;</a> <span class="muted">test</span></li>');
  t.match(html, '<button name="debug" value="true">Probe and debug</button>');
  const many = Array.from({ length: 201 }, (_, index) => testModule({ name: `m${index}` }));
  const crowded = await startApp({ modules: many });
  t.teardown(() => crowded.stop(0));
  const long = await page(crowded);
  t.notMatch(long, '<select name="module"');
  t.match(long, 'and 1 more in the <a href="config">configuration</a>');
});

t.test('the script is our own, from a path of ours, and the policy lets no other run', async (t) => {
  const app = await start(t);
  const answer = await httpGet(app.address, '/');
  const [, path = ''] = /<script src="(targets\.js\?[\w-]+)" defer><\/script>/.exec(answer.text) ?? [];
  t.notMatch(answer.text, /<script>|style="|onclick/);
  const policy = String(answer.headers['content-security-policy']);
  t.match(policy, "default-src 'none'");
  t.match(policy, "script-src 'self'; connect-src 'self'");
  const script = await httpGet(app.address, `/${path}`);
  t.equal(script.status, 200);
  t.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
  t.equal(script.headers['x-content-type-options'], 'nosniff');
  t.doesNotThrow(() => new Script(script.text), 'it can be read');
});
