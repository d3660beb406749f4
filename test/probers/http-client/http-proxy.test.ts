import t from 'tap';
import { compileProxy, type Environment, type RawProxy } from '../../../src/probers/http-client/http-proxy.js';

const NONE: RawProxy = { proxy_url: '', no_proxy: '', proxy_from_environment: false };
const URL_OF_TARGET = { scheme: 'http', host: 'www.example.com', port: 80 } as const;

function chooser(raw: Partial<RawProxy>, env: Environment = {}) {
  return compileProxy({ ...NONE, ...raw }, env);
}

t.test('no proxy', async (t) => {
  const none = chooser({}, { HTTP_PROXY: 'http://proxy' });
  t.equal(none.configured, false);
  t.equal(none.proxyFor(URL_OF_TARGET), undefined);
});

t.test('proxy_url', async (t) => {
  const rows = [
    { name: 'http', text: 'http://proxy:3128', proxy: { scheme: 'http', host: 'proxy', port: 3128 } },
    { name: 'default ports', text: 'http://proxy', proxy: { scheme: 'http', host: 'proxy', port: 80 } },
    { name: 'https', text: 'HTTPS://proxy/path', proxy: { scheme: 'https', host: 'proxy', port: 443 } },
    { name: 'socks5', text: 'socks5://proxy', proxy: { scheme: 'socks5', host: 'proxy', port: 1080 } },
    { name: 'socks5h', text: 'socks5h://proxy:9', proxy: { scheme: 'socks5', host: 'proxy', port: 9 } },
    { name: 'a scheme that means nothing', text: 'ftp://proxy', proxy: { scheme: 'http', host: 'proxy', port: 80 } },
    { name: 'an IPv6 address', text: 'http://[::1]:8080', proxy: { scheme: 'http', host: '::1', port: 8080 } },
  ];
  for (const { name, text, proxy } of rows) {
    const { configured, proxyFor } = chooser({ proxy_url: text });
    t.equal(configured, true, name);
    t.strictSame(proxyFor(URL_OF_TARGET), proxy, name);
  }
  const loopback = { scheme: 'http', host: '127.0.0.1', port: 80 } as const;
  t.ok(
    chooser({ proxy_url: 'http://p' }).proxyFor(loopback),
    'loopback goes through it too, while there is no no_proxy',
  );
});

t.test('the user of a proxy', async (t) => {
  const { proxyFor } = chooser({ proxy_url: 'http://us%40er:pa%3Ass@proxy' });
  const proxy = proxyFor(URL_OF_TARGET);
  t.equal(proxy?.authorization?.reveal(), `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`);
  t.equal(proxy?.userinfo?.username, 'us@er');
  t.equal(proxy?.userinfo?.password.reveal(), 'pa:ss');
  t.equal(
    chooser({ proxy_url: 'http://user@proxy' }).proxyFor(URL_OF_TARGET)?.authorization?.reveal(),
    `Basic ${Buffer.from('user:').toString('base64')}`,
    'a user without a password',
  );
});

t.test('a proxy_url that is none', async (t) => {
  const rows = [
    { name: 'without a scheme', text: '127.0.0.1:3128', message: /proxy_url has no scheme: write http:\/\/host:port/ },
    {
      name: 'an unfinished address',
      text: 'http://u:secret@[::1',
      message: /^proxy_url is not a URL: missing ']' in host$/,
    },
    {
      name: 'a port that is none',
      text: 'socks5://u:secret@h:x',
      message: /^proxy_url is not a URL: invalid port ":x" after host$/,
    },
  ];
  for (const { name, text, message } of rows) {
    t.throws(() => chooser({ proxy_url: text }), { name: 'ConfigError', path: ['proxy_url'], message }, name);
  }
  for (const text of ['foo', 'http://', 'http://:3128']) {
    const { proxyFor } = chooser({ proxy_url: text });
    t.throws(
      () => proxyFor(URL_OF_TARGET),
      { name: 'ProbeFailure', phase: 'setup', reason: 'invalid_request' },
      `${text} fails the probe, as upstream`,
    );
  }
});

t.test('no_proxy', async (t) => {
  const rows: readonly { list: string; direct?: readonly string[]; proxied?: readonly string[] }[] = [
    {
      list: 'x',
      direct: ['x', 'a.x', '127.0.0.1', '127.9.9.9', 'localhost', '[::1]', '::ffff:127.0.0.1'],
      proxied: ['xx', 'ax'],
    },
    {
      list: 'example.com',
      direct: ['example.com', 'www.EXAMPLE.com', 'a.b.example.com'],
      proxied: ['badexample.com', 'example.com.evil', 'example.org'],
    },
    { list: '.example.com', direct: ['www.example.com'], proxied: ['example.com'] },
    { list: '*.example.com', direct: ['www.example.com'], proxied: ['example.com'] },
    { list: ' EXAMPLE.com , other.org', direct: ['example.com', 'other.org'] },
    { list: '*', direct: ['anything', '10.0.0.1', '2001:db8::1'] },
    { list: 'a,*', direct: ['anything'] },
    { list: '10.0.0.0/8', direct: ['10.1.2.3', '::ffff:10.1.2.3'], proxied: ['11.0.0.1', '10.example.com'] },
    { list: '2001:db8::/32', direct: ['2001:db8::1', '2001:DB8:0:0::1'], proxied: ['2001:db9::1', '10.0.0.1'] },
    { list: '::ffff:10.0.0.0/104', direct: ['10.1.2.3'], proxied: ['11.0.0.1'] },
    { list: '10.1.2.3/9,10.255.0.0/16', direct: ['10.0.0.1', '10.255.9.9'], proxied: ['10.128.0.1'] },
    { list: '192.0.2.1,2001:db8::1', direct: ['192.0.2.1', '2001:db8:0::1'], proxied: ['192.0.2.2', '2001:db8::2'] },
    { list: '192.0.2.1:8080', direct: ['192.0.2.1:8080'], proxied: ['192.0.2.1', '192.0.2.1:80'] },
    { list: '[2001:db8::1]:8080', direct: ['[2001:db8::1]:8080'], proxied: ['[2001:db8::1]'] },
    {
      list: 'example.com:8080',
      direct: ['example.com:8080', 'a.example.com:8080'],
      proxied: ['example.com', 'example.com:80'],
    },
    { list: '.example.com:80', direct: ['a.example.com'], proxied: ['a.example.com:81', 'example.com'] },
    { list: ':80,,10.0.0.0/99,10.0.0/8,[', proxied: ['example.com', '10.0.0.1'] },
    { list: 'bücher.example', direct: ['xn--bcher-kva.example', 'bücher.example'] },
  ];
  for (const { list, direct = [], proxied = [] } of rows) {
    const { proxyFor } = chooser({ proxy_url: 'http://proxy', no_proxy: list });
    for (const [hosts, isDirect] of [
      [direct, true],
      [proxied, false],
    ] as const) {
      for (const host of hosts) {
        const [, bracketed, plain = host, port = '80'] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(host) ?? [];
        const url = { scheme: 'http', host: bracketed ?? plain, port: Number(port) } as const;
        t.equal(
          proxyFor(url) === undefined,
          isDirect,
          `${list}: ${host} ${isDirect ? 'directly' : 'through the proxy'}`,
        );
      }
    }
  }
});

t.test('no_proxy with many networks takes little memory', (t) => {
  const list = Array.from({ length: 20_000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`).join(',');
  const before = process.memoryUsage.rss();
  const { proxyFor } = chooser({ proxy_url: 'http://proxy', no_proxy: list });
  t.equal(proxyFor({ ...URL_OF_TARGET, host: '10.78.31.7' }), undefined, 'the last one counts');
  t.not(proxyFor({ ...URL_OF_TARGET, host: '10.78.32.7' }), undefined);
  t.ok(process.memoryUsage.rss() - before < 60 * 1024 * 1024);
  t.end();
});

t.test('proxy_from_environment', async (t) => {
  const at = (env: Environment, url: Partial<{ scheme: 'http' | 'https'; host: string }> = {}) =>
    chooser({ proxy_from_environment: true }, env).proxyFor({ ...URL_OF_TARGET, ...url });
  t.equal(
    chooser({ proxy_from_environment: true }).configured,
    true,
    'counts as a proxy also where the environment has none',
  );
  t.equal(at({}), undefined);
  t.match(at({ HTTP_PROXY: 'http://p:1' }), { host: 'p', port: 1 });
  t.equal(at({ HTTP_PROXY: 'http://p:1' }, { scheme: 'https' }), undefined, 'https has a variable of its own');
  t.match(at({ HTTPS_PROXY: 'https://p:1' }, { scheme: 'https' }), { scheme: 'https' });
  t.match(at({ http_proxy: 'http://lower' }), { host: 'lower' });
  t.match(at({ http_proxy: 'http://lower', HTTP_PROXY: 'http://UPPER' }), { host: 'UPPER' });
  t.match(at({ HTTP_PROXY: '', http_proxy: 'http://lower' }), { host: 'lower' });
  t.match(at({ HTTP_PROXY: 'p:3128' }), { scheme: 'http', host: 'p', port: 3128 }, 'without a scheme');
  t.match(at({ HTTP_PROXY: 'socks5://p' }), { scheme: 'socks5', port: 1080 });
  t.equal(at({ HTTP_PROXY: 'http://[::1' }), undefined, 'what is no URL is ignored');
  t.equal(at({ HTTP_PROXY: 'http://p' }, { host: 'localhost' }), undefined, 'loopback never');
  t.equal(at({ HTTP_PROXY: 'http://p' }, { host: '127.0.0.1' }), undefined);
  t.equal(at({ HTTP_PROXY: 'http://p', no_proxy: 'example.com' }), undefined);
  t.match(at({ HTTPS_PROXY: 'http://p', REQUEST_METHOD: 'GET' }, { scheme: 'https' }), { host: 'p' });
  t.throws(() => at({ HTTP_PROXY: 'http://p', REQUEST_METHOD: 'GET' }), {
    name: 'ProbeFailure',
    reason: 'invalid_request',
    fields: { err: /CGI/ },
  });
});
