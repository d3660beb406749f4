import t from 'tap';
import { httpGet } from '../../helpers/services/http-get.js';
import { startApp, testModule } from '../../helpers/services/start-app.js';

t.test('a query of more than a thousand parameters is refused wherever it is sent', async (t) => {
  const app = await startApp({ modules: [testModule({ name: 'http_2xx' })] });
  t.teardown(() => app.stop(0));
  const many = 'a=1&'.repeat(1000);
  for (const path of ['/probe', '/metrics', '/logs', '/-/healthy', '/nowhere']) {
    const { status, text } = await httpGet(app.address, `${path}?${many}target=x`);
    t.equal(status, 400, path);
    t.equal(text, 'The query has more than 1000 parameters\n', path);
  }
  const { status } = await httpGet(app.address, `/probe?${many.slice(4)}target=x`);
  t.equal(status, 200, 'a thousand');
});
