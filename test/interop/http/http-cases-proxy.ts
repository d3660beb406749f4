import net, { type Socket } from 'node:net';
import { answer, HELLO, type HttpCase, type OriginSpec } from './http-cases.js';

/** A proxy that opens the tunnel that it is asked for, whatever the name, to the loopback. */
const TUNNEL: OriginSpec = {
  reply: (socket: Socket, request: string) => {
    const [, port = '0'] = /^CONNECT \S+:(\d+) /.exec(request) ?? [];
    const onward = net.connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [onward, socket]) {
      end.on('error', () => {
        onward.destroy();
        socket.destroy();
      });
    }
  },
};

const PROXY = { proxy_url: 'http://127.0.0.1:@0' };
const TRUST = { tls_config: { ca_file: 'ca.pem' } };
const FAR = 'http://sonde.example/path?q=1';
const SECURE: OriginSpec = { ...HELLO, identity: 'good' };

function by(name: string, rest: Partial<HttpCase>): HttpCase {
  return {
    name: `proxy: ${name}`,
    http: PROXY,
    target: 'http://127.0.0.1:@1/path?q=1',
    origins: [HELLO, HELLO],
    ...rest,
  };
}

function tunnel(name: string, rest: Partial<HttpCase> = {}): HttpCase {
  return {
    name: `proxy: ${name}`,
    http: { ...PROXY, ...TRUST },
    target: 'https://127.0.0.1:@1/',
    origins: [TUNNEL, SECURE],
    ...rest,
  };
}

const TOKEN = answer('200 OK', '{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}', [
  'Content-Type: application/json',
]);
const OAUTH2 = { client_id: 'id', client_secret: 's3cret', token_url: 'http://127.0.0.1:@0/token' };

function oauth2(name: string, options: object, token: string = TOKEN): HttpCase {
  return {
    name: `oauth2: ${name}`,
    http: { oauth2: { ...OAUTH2, ...options } },
    target: 'http://127.0.0.1:@1/',
    origins: [{ reply: token, options: { withBody: true } }, HELLO],
    differs: ['request_details'],
  };
}

/** One that gets no token request out. */
function withoutRequest(row: HttpCase): HttpCase {
  return { ...row, differs: [] };
}

/** Proxies and token endpoints. */
export const PROXY_CASES: readonly HttpCase[] = [
  by('plain http', {}),
  by('a name that cannot be resolved', { target: 'http://nothing.invalid/' }),
  by('a name left to the proxy', { http: { ...PROXY, skip_resolve_phase_with_proxy: true }, target: FAR }),
  by('a Host header', { http: { ...PROXY, headers: { Host: 'sonde.example' } } }),
  by('userinfo', { http: { proxy_url: 'http://me:p%40w@127.0.0.1:@0' }, differs: ['request_details'] }),
  by('proxy_connect_header is not for plain http', { http: { ...PROXY, proxy_connect_header: { 'X-Tunnel': ['1'] } } }),
  by('refuses with 407', { origins: [{ reply: answer('407 Proxy Authentication Required') }, HELLO] }),
  by('is not there', { http: { proxy_url: 'http://127.0.0.1:@dead' } }),
  by('no_proxy with the address', { http: { ...PROXY, no_proxy: '127.0.0.1' } }),
  by('no_proxy with another name', { http: { ...PROXY, no_proxy: 'other.example' } }),
  by('an empty proxy_url', { http: { proxy_url: '' } }),
  by('skip_resolve_phase_with_proxy without a proxy', { http: { skip_resolve_phase_with_proxy: true } }),
  by('a redirect through it', {
    origins: [
      { reply: [answer('302 Found', '', ['Location: http://127.0.0.1:@1/next']), answer('200 OK', 'x')] },
      HELLO,
    ],
  }),
  tunnel('a tunnel'),
  tunnel('a tunnel with the name left to the proxy', {
    http: { ...PROXY, ...TRUST, skip_resolve_phase_with_proxy: true },
    target: 'https://a.sonde.example:@1/',
  }),
  tunnel('a tunnel with userinfo', { http: { ...TRUST, proxy_url: 'http://me:pw@127.0.0.1:@0' } }),
  tunnel('a tunnel with proxy_connect_header', {
    http: { ...PROXY, ...TRUST, proxy_connect_header: { 'x-tunnel': ['1', '2'] } },
  }),
  tunnel('a tunnel that is refused with 407', {
    origins: [{ reply: answer('407 Proxy Authentication Required') }, SECURE],
  }),
  tunnel('a tunnel that is refused with 502', { origins: [{ reply: answer('502 Bad Gateway', 'x') }, SECURE] }),
  tunnel('a tunnel request that is answered with garbage', { origins: [{ reply: 'garbage\r\n\r\n' }, SECURE] }),
  tunnel('a tunnel request that is not answered', {
    origins: [{ reply: () => undefined }, SECURE],
    scrapeTimeoutSeconds: 1,
  }),
  tunnel('a tunnel to a port that refuses', { target: 'https://127.0.0.1:@dead/' }),
  tunnel('a certificate that does not verify', {
    origins: [TUNNEL, { ...HELLO, identity: 'expired' }],
    differs: ['certificate_of_failed_verification'],
  }),
  tunnel('HTTP/2 in a tunnel', { origins: [TUNNEL, { http2: { body: 'two' }, identity: 'good' }] }),
  oauth2('a token', {}),
  oauth2('a token with scopes and parameters', { scopes: ['a', 'b'], endpoint_params: { audience: 'x y' } }),
  oauth2('a secret from a file', { client_secret: undefined, client_secret_file: 'secret.txt' }),
  withoutRequest(oauth2('a secret from a missing file', { client_secret: undefined, client_secret_file: 'no.txt' })),
  oauth2('a token of another type', {}, TOKEN.replace('"Bearer"', '"MAC123"')),
  oauth2('refused', {}, answer('400 Bad Request', '{"error":"invalid_client"}', ['Content-Type: application/json'])),
  oauth2('an answer without a token', {}, answer('200 OK', '{}', ['Content-Type: application/json'])),
  oauth2('an answer that is no JSON', {}, answer('200 OK', 'hello')),
  withoutRequest(oauth2('nothing listens', { token_url: 'http://127.0.0.1:@dead/token' })),
];
