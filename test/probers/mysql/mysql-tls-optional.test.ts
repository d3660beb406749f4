import t from 'tap';
import { greeting, ok, packet, startMysqlServer, TLS_FLAG, USUAL_FLAGS } from '../../helpers/servers/mysql-server.js';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { loadModule, probe } from '../../helpers/services/probe.js';

const MODULE =
  'prober: mysql\nmysql: {username: u, password: secret, credentials_for: ["*"], tls: true, tls_optional: true}';

t.test('a server that does not speak TLS is asked without it', async (t) => {
  const { target } = await startMysqlServer(t);
  const { verdict, metrics, log } = await probe(MODULE, target);
  t.equal(verdict, 'ok', log);
  t.equal(metrics['mysql_up'], 1);
});

t.test('without TLS the password itself goes to nobody', async (t) => {
  let received = '';
  const server = await startStreamServer(t, (socket) => {
    socket.write(greeting({ plugin: 'caching_sha2_password' }));
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    // It wants the password itself.
    socket.once('data', () => socket.write(packet(2, 1, 4)));
  });
  t.equal((await probe(MODULE, server.target)).verdict, 'request/auth_failed');
  t.notMatch(received, /secret/);
});

t.test('a server that says it speaks TLS has to', async (t) => {
  const speaks = greeting({ flags: USUAL_FLAGS | TLS_FLAG });
  let received = '';
  const odd = await startStreamServer(t, (socket) => {
    socket.write(speaks);
    socket.once('data', () => socket.end('nonsense'));
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  });
  t.match((await probe(MODULE, odd.target)).verdict, /^tls\//);
  t.notMatch(received, /\0u\0/, 'nobody logs in');
  const early = await startStreamServer(t, (socket) => socket.end(Buffer.concat([greeting(), ok(2)])));
  t.equal((await probe(MODULE, early.target)).verdict, 'tls/protocol_error', 'more than a greeting');
});

t.test('it has no effect without tls', async (t) => {
  const message = /mysql\.tls_optional: it has no effect without tls/;
  await t.rejects(loadModule('prober: mysql\nmysql: {tls_optional: true}'), { message });
});
