import t from 'tap';
import { startTestExporter } from '../../helpers/services/start-exporter.js';

t.test('a file for TLS that is not there ends the start', async (t) => {
  const none = `${t.testdir({ odd: 'x' })}/none`;
  for (const [command, args] of [
    ['redis', [`--tls-ca-cert-file=${none}`]],
    ['redis', [`--tls-client-cert-file=${none}`, `--tls-client-key-file=${none}`]],
    ['nginx', [`--nginx.ssl-ca-cert=${none}`]],
    ['nginx', [`--nginx.ssl-client-cert=${none}`, `--nginx.ssl-client-key=${none}`]],
  ] as const) {
    await t.rejects(startTestExporter(t, command, args), { message: /none/ }, args.join(' '));
  }
  const odd = startTestExporter(t, 'nginx', [`--nginx.ssl-ca-cert=${t.testdirName}/odd`]);
  await t.rejects(odd, { message: /odd: there is no certificate/ });
});

t.test('paths that are not clean, and timeouts that are very short', async (t) => {
  for (const [command, flag] of [
    ['redis', 'connection-timeout'],
    ['nginx', 'nginx.timeout'],
    ['mysql', 'mysqld.username'],
    ['postgres', 'collection-timeout'],
  ] as const) {
    const exporter = await startTestExporter(t, command, [`--${flag}=1ns`]);
    const { status, headers } = await exporter.get('//metrics');
    t.same([status, headers.location], [301, '/metrics'], command);
  }
});

t.test('without an address of a server', async (t) => {
  const exporter = await startTestExporter(t, 'redis', ['--redis.addr=']);
  await exporter.get('/metrics');
  const { text } = await exporter.get('/metrics');
  t.match(text, /^redis_exporter_scrapes_total 2$/m, 'scrapes count nevertheless');
  t.match(text, /^redis_exporter_scrape_duration_seconds_count 0$/m);
  t.notMatch(text, /^redis_up/m);
});

t.test('requests that name a server are told of the build where upstream tells of it', async (t) => {
  for (const [command, args, path] of [
    ['redis', [], '/scrape?target=127.0.0.1:1'],
    ['mysql', ['--mysqld.username=x'], '/probe?target=127.0.0.1:1'],
    ['postgres', [], '/probe?target=127.0.0.1:1'],
  ] as const) {
    const exporter = await startTestExporter(t, command, args);
    t.equal((await exporter.get(path)).text.includes('_exporter_build_info{'), command === 'redis', command);
    t.match((await exporter.get('/metrics')).text, '_exporter_build_info{', command);
  }
});
