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
