import { execFile, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import t, { type Test } from 'tap';
import { type CopiedProbe, copiesOf } from '../../../../src/services/prober/pages/copy-as.js';
import { serviceUrl } from '../../../../src/services/prober/pages/service-url.js';
import { REPOSITORY } from '../../../helpers/peer.js';
import { httpGet } from '../../../helpers/services/http-get.js';
import { startApp, testModule } from '../../../helpers/services/start-app.js';

const PROBE: CopiedProbe = { module: 'm', target: 't', serviceUrl: 'http://127.0.0.1:9115/' };

const HOSTILE = [
  `'; touch /tmp/never; '`,
  '$(id)`id`${HOME}',
  '-x --help',
  'a b\\c"d!e*?[f]{g,h}~#&|;<>()',
  '{{ $labels.x }} %{x} $1 ${1}',
  'häß → 😀',
  '',
];

/** The arguments that a shell gives to the command which is pasted into it. */
function pasted(t: Test, command: string): readonly string[] {
  const script = `#!${process.execPath}\nprocess.stdout.write(JSON.stringify(process.argv.slice(2)));\n`;
  const folder = t.testdir({ curl: script, sonde: script });
  for (const name of ['curl', 'sonde']) chmodSync(`${folder}/${name}`, 0o755);
  const { stdout, stderr, status } = spawnSync('/bin/sh', { input: command, env: { PATH: folder }, encoding: 'utf8' });
  t.equal(status, 0, stderr);
  return JSON.parse(stdout) as readonly string[];
}

function copyOf(probe: CopiedProbe, title: string): string {
  return copiesOf(probe)?.find((copy) => copy.title === title)?.text ?? '';
}

t.test('commands reach the program as they are meant, whatever the target is called', async (t) => {
  for (const target of HOSTILE) {
    const probe = { ...PROBE, target, module: target, hostname: target, configFile: `a ${target}.yml` };
    const [silent, url = '', ...others] = pasted(t, copyOf(probe, 'curl, this probe'));
    t.same([silent, others], ['-sS', []]);
    const { searchParams } = new URL(url);
    for (const name of ['target', 'module', 'hostname']) t.equal(searchParams.get(name), target, name);
    t.same(pasted(t, copyOf(probe, 'sonde probe')), [
      'probe',
      `--config.file=a ${target}.yml`,
      `--hostname=${target}`,
      `--module=${target}`,
      '--',
      target,
    ]);
    const asked = pasted(t, copyOf({ ...PROBE, url: `http://h/${target}` }, 'curl, the target itself'));
    t.equal(asked.at(-1), `http://h/${target}`);
  }
});

t.test('scrape job and alert rule are YAML with what was meant', async (t) => {
  for (const target of HOSTILE) {
    const probe = { ...PROBE, target, module: target, hostname: target, serviceUrl: 'https://sonde.example/a/' };
    t.match(load(copyOf(probe, 'Scrape job')), {
      scrape_configs: [
        {
          scheme: 'https',
          metrics_path: '/a/probe',
          params: { module: [target], hostname: [target] },
          static_configs: [{ targets: [target] }],
        },
      ],
    });
    t.match(copyOf(probe, 'Scrape job'), 'replacement: "sonde.example:443"');
    const rule = load(copyOf(probe, 'Alert rule')) as { groups: { rules: { expr: string }[] }[] };
    const text = JSON.stringify(target);
    t.equal(rule.groups[0]?.rules[0]?.expr, `probe_success{instance=${text}, module=${text}} == 0`);
  }
});

t.test('what a terminal would obey, or has no end, is not offered', async (t) => {
  for (const text of ['a\nb', 'a\tb', 'a\u001b[31m', 'a\u0003', 'a\u202eb', 'a\u2028b', 'x'.repeat(3000)]) {
    t.equal(copiesOf({ ...PROBE, target: text }), undefined, encodeURIComponent(text.slice(0, 9)));
    t.equal(copiesOf({ ...PROBE, hostname: text }), undefined);
  }
});

t.test('passwords are masked', async (t) => {
  const copies = copiesOf({ ...PROBE, target: 'http://me:hidden@h/' });
  t.notMatch(JSON.stringify(copies), 'hidden');
});

t.test('sonde probe, pasted, runs', async (t) => {
  const app = await startApp({ modules: [testModule({ name: 'http_2xx' })] });
  t.teardown(() => app.stop(0));
  const command = copyOf({ ...PROBE, module: 'http_2xx', target: `http://${app.address}/-/healthy?'` }, 'sonde probe');
  t.equal(command, `sonde probe --module=http_2xx -- 'http://${app.address}/-/healthy?'\\'''\n`);
  const env = { ...process.env, PATH: `${REPOSITORY}/bin:${process.env['PATH'] ?? ''}` };
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { env, cwd: t.testdir({}) });
  t.match(stdout, /^OK after /);
});

t.test('the service is named as it was reached', async (t) => {
  const place = { externalUrl: '', prefix: '/p/', host: 'probe.example' };
  const rows = [
    { name: 'by the Host header', host: 'a.example:1', is: 'http://a.example:1/p/' },
    { name: 'over TLS', host: '[::1]:2', encrypted: true, is: 'https://[::1]:2/p/' },
    { name: 'without a header', host: undefined, is: 'http://probe.example/p/' },
    { name: 'by a header that is none', host: `x';id`, is: 'http://probe.example/p/' },
    { name: 'from outside', host: 'a', externalUrl: 'https://out.example/q', is: 'https://out.example/q/' },
    { name: 'by an external URL that is none', host: 'a', externalUrl: 'ext:80/a', is: 'http://a/p/' },
  ];
  for (const { name, host, encrypted, externalUrl = '', is } of rows) {
    const request = { headers: host === undefined ? {} : { host }, socket: encrypted === true ? { encrypted } : {} };
    t.equal(serviceUrl(request, { ...place, externalUrl }), is, name);
  }
});

t.test('a page offers them', async (t) => {
  const app = await startApp({ modules: [testModule({ name: 'm' })] });
  t.teardown(() => app.stop(0));
  const headers = { Accept: 'text/html' };
  const { text } = await httpGet(app.address, '/probe?module=m&target=t&hostname=h&debug=true', { headers });
  t.match(text, 'sonde probe --hostname=h --module=m -- t');
  t.match(
    text,
    `<pre class="copy">curl -sS &#39;http://${app.address}/probe?target=t&amp;module=m&amp;hostname=h&amp;debug=true&#39;`,
  );
});
