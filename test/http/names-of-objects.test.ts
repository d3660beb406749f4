import t from 'tap';
import { answer, startRawServer } from '../helpers/servers/raw-server.js';
import { httpGet } from '../helpers/services/http-get.js';
import { startProbeService } from '../helpers/services/probe-service.js';
import { startApp, testModule } from '../helpers/services/start-app.js';

/** Names that every plain object of JavaScript answers to. */
const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__'] as const;

t.test('modules and parameters', async (t) => {
  const app = await startApp({ modules: [testModule({ name: 'constructor' })] });
  t.teardown(() => app.stop(0));
  t.match(await httpGet(app.address, '/probe?target=x&module=constructor'), { status: 200, text: 'probe_success 1' });
  for (const name of NAMES.slice(1)) {
    const text = `Unknown module "${name}"`;
    t.match(await httpGet(app.address, `/probe?target=x&module=${name}`), { status: 400, text }, name);
  }
  const odd = NAMES.map((name) => `${name}=${name}`).join('&');
  t.match(await httpGet(app.address, `/probe?${odd}&module=constructor`), {
    status: 400,
    text: 'Target parameter is missing',
  });
  t.match(await httpGet(app.address, `/probe?${odd}&target=x&module=constructor`), { status: 200 });
  for (const name of NAMES) t.equal((await httpGet(app.address, `/${name}`)).status, 404, name);
});

t.test('header fields of a target, and checks of them', async (t) => {
  const fields = NAMES.map((name) => `${name}: yes\r\n`).join('');
  const has = await startRawServer(t, answer(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`));
  const hasNot = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  const module = (name: string): string =>
    `  ${name}: {prober: http, http: {fail_if_header_not_matches: [{header: ${name}, regexp: yes}], headers: {${name}: sent}}}`;
  const { ask } = await startProbeService(t, `modules:\n${NAMES.map(module).join('\n')}\n`);
  for (const name of NAMES) {
    t.equal(await ask(name, `http://127.0.0.1:${has.port}/`), '200 ok', name);
    t.match(has.requests.at(-1), new RegExp(`^${name}: sent\r$`, 'im'), `${name} is sent`);
    t.equal(await ask(name, `http://127.0.0.1:${hasNot.port}/`), '200 check/header_mismatch', name);
  }
});
