import t from 'tap';
import { isQuickCel } from '../../../src/values/cel/cel-program.js';
import { startRawServer } from '../../helpers/servers/raw-server.js';
import { probe } from '../../helpers/services/probe.js';
import { startApp } from '../../helpers/services/start-app.js';

const ROWS = [
  { expression: "body.foo == 'bar'", verdict: 'check/cel_mismatch' },
  { expression: "body.foo == 'x'", verdict: 'ok' },
  { expression: 'body.nope == 1', verdict: 'check/cel_error' },
] as const;

t.test(
  'the first expressions of a service that runs are evaluated in threads, and its loop loads nothing',
  async (t) => {
    t.ok(isQuickCel('true'), 'before it listens');
    const app = await startApp({});
    t.teardown(() => app.stop(0));
    t.notOk(isQuickCel('true'));
    const server = await startRawServer(t, (socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"foo":"bar"}');
    });
    const yaml = (expression: string) =>
      `prober: http\nhttp: {preferred_ip_protocol: ip4, fail_if_body_json_matches_cel: "${expression}"}`;
    for (const { expression, verdict } of ROWS) {
      const probed = await probe(yaml(expression), `http://127.0.0.1:${server.port}/`);
      t.equal(probed.verdict, verdict, expression);
    }
    await t.rejects(probe(yaml('body.'), 'http://127.0.0.1:1/'), { message: /CEL|column/ });
    t.notOk(isQuickCel('true'), 'the library is not loaded here');
  },
);
