import type { Test } from 'tap';
import { earliestCertificateExpiry } from '../../../src/probe/certificate-expiry.js';
import { ProbeFailure } from '../../../src/probe/failure.js';
import { ManualClock } from '../manual-clock.js';
import { httpGet } from '../services/http-get.js';
import { startApp, type TestApp, testModule } from '../services/start-app.js';

/** A service in which two targets were probed, one of which fails since 30 s; its clock stands still. */
export async function appForApi(t: Test): Promise<TestApp> {
  const clock = new ManualClock();
  let isDown = false;
  const modules = [
    testModule({
      name: 'http_2xx',
      prober: 'http',
      timeoutSeconds: 5,
      plain: 'prober: http\nhttp:\n  authorization:\n    credentials: <secret>\n',
      probe: async ({ target }, { metrics }) => {
        clock.advance(0.25);
        if (isDown && target.endsWith('/shop')) {
          const err = 'dial tcp 192.0.2.7:443: connect: connection refused';
          throw new ProbeFailure('connect', 'connection_refused', 'Error for HTTP request', { err });
        }
        metrics.set(earliestCertificateExpiry, clock.wallSeconds() + 30.5 * 86_400);
      },
    }),
    testModule({ name: 'icmp', prober: 'icmp' }),
  ];
  const app = await startApp({ modules, clock });
  t.teardown(() => app.stop(0));
  for (const down of [false, true, true]) {
    isDown = down;
    for (const path of ['', 'shop']) await httpGet(app.address, `/probe?target=https://example.org/${path}`);
    clock.advance(15);
  }
  return app;
}

const CALL = /^\$ curl -s '?http:\/\/localhost:9115([^' \n]*)'?\n[\s\S]*?(?=^(?:\$ curl|```$))/gm;

/** `docs/api.md` with its examples as the service answers them now. */
export async function apiPage(t: Test, text: string): Promise<string> {
  const app = await appForApi(t);
  let made = text;
  for (const [example, path = ''] of text.matchAll(CALL)) {
    const { text: answer } = await httpGet(app.address, path);
    const [command = ''] = example.split('\n');
    made = made.replace(example, () => `${command}\n${JSON.stringify(JSON.parse(answer), undefined, 2)}\n`);
  }
  return made;
}
