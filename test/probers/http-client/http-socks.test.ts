import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { ProbeAbort } from '../../../src/probe/probe-abort.js';
import { openSocksTunnel } from '../../../src/probers/http-client/http-socks.js';
import { Secret } from '../../../src/values/secret.js';
import { startSocksServer } from '../../helpers/servers/proxy-server.js';
import { answer, startRawServer } from '../../helpers/servers/raw-server.js';

const never = new AbortController().signal;

async function connect(t: Test, port: number): Promise<Socket> {
  const socket = net.connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

t.test('a connection through a real SOCKS5 proxy', async (t) => {
  const origin = await startRawServer(t, answer('HTTP/1.1 204 No Content\r\n\r\n'));
  const user = { username: 'ann', password: 'pässword' };
  const userinfo = { username: 'ann', password: new Secret('pässword') };
  for (const [name, options, login] of [
    ['open to all', {}, {}],
    ['open to all, though we have a user', {}, { userinfo }],
    ['for users', { user }, { userinfo }],
  ] as const) {
    for (const host of ['127.0.0.1', 'name.example']) {
      const proxy = await startSocksServer(t, options);
      const to = { host, port: origin.port, ...login, signal: never };
      const socket = await openSocksTunnel(await connect(t, proxy.port), to);
      socket.write('GET / HTTP/1.1\r\n\r\n');
      socket.resume();
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      t.match(chunk.toString(), /^HTTP\/1.1 204/, `${name}: ${host}`);
      t.strictSame(proxy.seen, [`${host}:${origin.port}`], `${name}: ${host}`);
    }
  }
});

t.test('addresses of IPv6', async (t) => {
  for (const [host, seen] of [
    ['::1', '0000:0000:0000:0000:0000:0000:0000:0001'],
    ['2001:db8::a:b', '2001:0db8:0000:0000:0000:0000:000a:000b'],
    ['::ffff:192.0.2.1', '0000:0000:0000:0000:0000:ffff:c000:0201'],
    ['fe80::1%lo', 'fe80:0000:0000:0000:0000:0000:0000:0001'],
  ] as const) {
    const proxy = await startSocksServer(t, { reply: 1 });
    await t.rejects(openSocksTunnel(await connect(t, proxy.port), { host, port: 65_535, signal: never }));
    t.strictSame(proxy.seen, [`${seen}:65535`], host);
  }
});

t.test('refusals', async (t) => {
  const user = { username: 'ann', password: 'right' };
  const wrong = { username: 'ann', password: new Secret('wrong') };
  const rows = [
    {
      name: 'connection refused',
      options: { reply: 5 },
      err: /^socks connect tcp 127\.0\.0\.1:\d+->h:80: unknown error connection refused$/,
    },
    { name: 'an unknown reply', options: { reply: 77 }, err: /: unknown error unknown code: 77$/ },
    { name: 'no user given', options: { user }, err: /->h:80: no acceptable authentication methods$/ },
    {
      name: 'a wrong password',
      options: { user },
      login: { userinfo: wrong },
      err: /->h:80: username\/password authentication failed$/,
    },
    { name: 'an overlong name', options: {}, host: 'x'.repeat(256), err: /longer than 255 bytes/ },
  ];
  for (const { name, options, login = {}, host = 'h', err } of rows) {
    const proxy = await startSocksServer(t, options);
    const socket = await connect(t, proxy.port);
    const tunnel = openSocksTunnel(socket, { host, port: 80, ...login, signal: never });
    await t.rejects(tunnel, { name: 'ProbeFailure', phase: 'proxy', reason: 'proxy_refused', fields: { err } }, name);
    t.equal(socket.destroyed, true, `${name}: closed`);
  }
});

/** A server that answers the first bytes with these and closes. */
async function odd(t: Test, bytes: Buffer | undefined): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (bytes !== undefined) socket.once('data', () => socket.end(bytes));
    else t.teardown(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

t.test('something else than a SOCKS5 proxy', async (t) => {
  for (const [bytes, reason, err] of [
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'proxy_refused', /->h:80: unexpected protocol version 72$/],
    ['', 'connection_closed', 'unexpected EOF'],
    ['\x05', 'connection_closed', 'unexpected EOF'],
    ['\x05\x00\x04\x00\x00\x01', 'proxy_refused', /->h:80: unexpected protocol version 4$/],
    ['\x05\x00\x05\x00\x00\x09', 'proxy_refused', /->h:80: unknown address type 9$/],
    ['\x05\x00\x05\x00\x07\x01\0\0\0\0\0\0', 'proxy_refused', /->h:80: non-zero reserved field$/],
    ['\x05\x02\x05\x00\x05\x00\x00\x01\0\0\0\0\0\0', 'proxy_refused', /->h:80: invalid username\/password version$/],
  ] as const) {
    const port = await odd(t, Buffer.from(bytes, 'latin1'));
    const userinfo = { username: 'ann', password: new Secret('mine') };
    const tunnel = openSocksTunnel(await connect(t, port), { host: 'h', port: 80, userinfo, signal: never });
    await t.rejects(tunnel, { name: 'ProbeFailure', phase: 'proxy', reason, fields: { err } }, JSON.stringify(bytes));
  }
});

t.test('a proxy that says nothing', async (t) => {
  const deadline = new AbortController();
  const socket = await connect(t, await odd(t, undefined));
  const tunnel = openSocksTunnel(socket, { host: 'h', port: 80, signal: deadline.signal });
  setImmediate(() => deadline.abort(new ProbeAbort('deadline')));
  await t.rejects(tunnel, { name: 'ProbeFailure', phase: 'proxy', reason: 'proxy_timeout' });
  t.equal(socket.destroyed, true);
});
