import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { checkConfigFiles } from '../../src/config/check-config-files.js';
import { ConfigStore } from '../../src/config/config-store.js';
import { loadConfig } from '../../src/config/load-config.js';
import { allProbers } from '../../src/probers/all-probers.js';
import { systemClock } from '../../src/values/clock.js';
import { answer, startRawServer } from '../helpers/servers/raw-server.js';
import { httpGet } from '../helpers/services/http-get.js';
import { testProberDeps } from '../helpers/services/prober-deps.js';
import { startApp } from '../helpers/services/start-app.js';

const probers = allProbers(testProberDeps());
const ENV = {
  WORD: 'open sesame',
  PASSWORD: 'hunter22',
  TTL: '64',
  NUMBER: '12',
  NULLISH: 'null',
  EMPTY: '',
  BAD: 'zebra(',
};

async function load(yaml: string, env: Readonly<Record<string, string>> | undefined = ENV) {
  try {
    return await loadConfig(yaml, 'f.yml', probers, { env });
  } catch (error) {
    return (error as Error).message;
  }
}

async function loaded(yaml: string) {
  const config = await load(yaml);
  if (typeof config === 'string') throw new Error(config);
  return config;
}

const mistakes: readonly (readonly [name: string, module: string, place: string, message: RegExp])[] = [
  ['not set', 'http: {body: "${ENV:NOPE}"}', '1:42', /body: \$\{ENV:NOPE\}: the environment variable NOPE is not set/],
  ['no name', 'http: {body: "${ENV:A-B}"}', '1:42', /no name of a variable/],
  ['no file', 'http: {body: "${FILE:/nope/x}"}', '1:42', /\/nope\/x: no such file/],
  ['no path', 'http: {body: "${FILE:}"}', '1:42', /the path is missing/],
  ['a folder', 'http: {method_file: /}', '1:49', /is a directory/],
  ['a duration', 'timeout: "${ENV:BAD}"', '1:38', /what the reference stands for: it does not fit here/],
  ['a pattern', 'http: {fail_if_body_matches_regexp: ["${ENV:BAD}"]}', '1:66', /could not compile regular expression$/],
  ['a number', 'icmp: {ttl: "${ENV:BAD}"}', '1:41', /it does not fit here/],
];
for (const [name, module, place, message] of mistakes) {
  t.test(`mistake: ${name}`, async (t) => {
    const problems = await load(`modules: {m: {prober: http, ${module}}}`);
    t.match(problems, message);
    t.match(problems, `f.yml:${place}: `);
    t.notMatch(problems, 'zebra');
  });
}

t.test('without an environment they are texts like any other', async (t) => {
  const config = await loadConfig('modules: {m: {prober: http, http: {body: "${ENV:NOPE}"}}}', 'f.yml', probers);
  t.match([...config.render()].join(''), 'body: ${ENV:NOPE}');
});

t.test('values go to the target; everything that is shown has the reference, or a mask', async (t) => {
  const server = await startRawServer(
    t,
    answer('HTTP/1.1 200 OK\r\nX-Echo: open sesame\r\nContent-Length: 11\r\n\r\nopen sesame'),
  );
  const folder = t.testdir({ token: 'from a file\n\n' });
  const config = await loaded(`modules:
  m:
    prober: http
    timeout: \${ENV:NUMBER}s
    http:
      headers: {X-Word: "<\${ENV:WORD}>", X-File: "\${FILE:${folder}/token}", X-Plain: "$\${ENV:WORD}", X-Null: "\${ENV:NULLISH}"}
      basic_auth: {username: u, password: "\${ENV:PASSWORD}"}
      fail_if_body_matches_regexp: ["\${ENV:WORD}"]
`);
  const module = config.modules.get('m');
  t.equal(module?.timeoutSeconds, 12);
  t.match([...config.render()].join(''), /X-Word: '?<\$\{ENV:WORD\}>/);
  t.match([...config.render()].join(''), 'timeout: ${ENV:NUMBER}s');
  t.match([...config.render()].join(''), 'X-Plain: $${ENV:WORD}');
  t.match([...config.render()].join(''), 'password: <secret>');
  const app = await startApp({ modules: [...config.modules.values()], options: { probeLogLevel: 'debug' } });
  t.teardown(() => app.stop(0));
  const target = encodeURIComponent(`http://127.0.0.1:${server.port}/open sesame`);
  const debug = await httpGet(app.address, `/probe?module=m&target=${target}&debug=true`);
  t.match(server.requests[0], 'X-Word: <open sesame>\r\n');
  t.match(server.requests[0], 'X-File: from a file\r\n');
  t.match(server.requests[0], 'X-Plain: ${ENV:WORD}\r\n');
  t.match(server.requests[0], 'X-Null: null\r\n');
  t.match(server.requests[0], `Authorization: Basic ${Buffer.from('u:hunter22').toString('base64')}`);
  const log = debug.text.slice(0, debug.text.indexOf('Metrics that would have been returned'));
  const shown = [log, app.logLines.join(), (await httpGet(app.address, '/modules/m')).text];
  for (const url of ['/api/v1/modules/m', '/api/v1/probes/0']) shown.push((await httpGet(app.address, url)).text);
  const page = (await httpGet(app.address, '/probes/0')).text;
  const own = page.replaceAll(
    /<h1>.*|<title>.*|curl .*|sonde probe .*|.*targets: .*|.*probe_success\{.*|.*instance.*/g,
    '',
  );
  t.notMatch(own.replaceAll(/module=m&[^"]*/g, ''), 'hunter22');
  for (const text of shown) t.notMatch(text.replaceAll(/"target": ?"[^"]*"|target=\S+/g, ''), /hunter22|from a file/);
});

t.test('nothing is expanded twice, and a number is read where one must be', async (t) => {
  const server = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  const env = { ...ENV, TWICE: '${ENV:PASSWORD}', STATUS: '200' };
  const config = await load(
    `modules:
  m:
    prober: http
    http:
      method: POST
      body: \${ENV:TWICE}
      valid_status_codes:
        - \${ENV:STATUS}
`,
    env,
  );
  if (typeof config === 'string') throw new Error(config);
  const app = await startApp({ modules: [...config.modules.values()] });
  t.teardown(() => app.stop(0));
  const { text } = await httpGet(app.address, `/probe?module=m&target=http://127.0.0.1:${server.port}/`);
  t.match(text, /^probe_success 1$/m);
  t.match(server.requests[0], /\r\n\r\n\$\{ENV:PASSWORD\}$/);
});

t.test('KEY_file stands for any text', async (t) => {
  const folder = t.testdir({ method: 'PUT\n', agent: 'x' });
  const config = await loaded(
    `modules: {m: {prober: http, http: {method_file: ${folder}/method, fail_if_header_matches: [{header_file: ${folder}/agent, regexp: y}]}}}`,
  );
  t.match([...config.render()].join(''), `method: \${FILE:${folder}/method}`);
  t.match([...config.render()].join(''), `header: \${FILE:${folder}/agent}`);
  const server = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  const app = await startApp({ modules: [...config.modules.values()] });
  t.teardown(() => app.stop(0));
  await httpGet(app.address, `/probe?module=m&target=http://127.0.0.1:${server.port}/`);
  t.match(server.requests[0], /^PUT \//);
});

t.test('a reload sees what files and variables are now', async (t) => {
  const folder = t.testdir({ 'a.yml': 'modules: {m: {prober: tcp, timeout_file: TIMEOUT}}' });
  const file = path.join(folder, 'a.yml');
  const timeout = path.join(folder, 'timeout');
  writeFileSync(file, `modules: {m: {prober: tcp, timeout_file: ${timeout}}}`);
  writeFileSync(timeout, '3s\n');
  const store = await ConfigStore.open({ paths: [file], probers, env: {}, clock: systemClock });
  t.equal(store.current().modules.get('m')?.timeoutSeconds, 3);
  t.equal(await store.reload(), 'unchanged');
  writeFileSync(timeout, '4s\n');
  t.equal(await store.reload(), 'changed');
  t.equal(store.current().modules.get('m')?.timeoutSeconds, 4);
  writeFileSync(timeout, 'soon\n');
  await t.rejects(store.reload(), { message: /a\.yml:1:\d+: modules\.m\.timeout: what the reference stands for/ });
  t.equal(store.current().modules.get('m')?.timeoutSeconds, 4);
  const [checked] = await checkConfigFiles({ paths: [file], probers, env: {} });
  t.match(checked?.problems, [/it does not fit here/]);
});

t.test('extended, and filled', async (t) => {
  const config = await loaded(
    'modules: {base: {prober: http, params: {a: {default: x}}, http: {headers: {W: "${ENV:WORD} ${param.a}"}}}, own: {extends: base}}',
  );
  t.match(config.modules.get('own')?.describe(), 'W: ${ENV:WORD} ${param.a}');
  const filled = await config.modules.get('own')?.params?.fill({ target: 'x', params: new Map([['a', 'y']]) });
  t.match(filled?.module.describe(), 'W: ${ENV:WORD} y');
  t.equal(filled?.module.mask?.('an open sesame'), 'an <secret>');
});
