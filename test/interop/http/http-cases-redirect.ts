import { answer, HELLO, type HttpCase, redirect } from './http-cases.js';

const DONE = answer('200 OK', 'done');

function once(name: string, location: string, rest: Partial<HttpCase> = {}): HttpCase {
  return { name: `redirect: ${name}`, origins: [{ reply: [redirect(location), DONE] }], ...rest };
}

/** A server that sends to itself `times` times before it is content. */
function times(count: number): HttpCase {
  const replies = Array.from({ length: count }, (_, index) => redirect(`/step${index + 1}`));
  return { name: `redirect: ${count} in a row`, origins: [{ reply: [...replies, DONE] }] };
}

function withStatus(status: string, http: Readonly<Record<string, unknown>> = {}): HttpCase {
  return {
    name: `redirect: ${status} ${JSON.stringify(http)}`,
    http,
    origins: [{ reply: [redirect('/next', status), DONE], options: { withBody: true } }],
  };
}

const POST = { method: 'POST', body: 'a=1', headers: { 'Content-Type': 'text/x' } };

/** Redirects: where to, how often, and what goes along. */
export const REDIRECT_CASES: readonly HttpCase[] = [
  ...['301 Moved', '302 Found', '303 See Other', '307 Temporary', '308 Permanent'].flatMap((status) => [
    withStatus(status),
    withStatus(status, POST),
  ]),
  withStatus('302 Found', { method: 'HEAD' }),
  withStatus('302 Found', { method: 'PUT', body: 'x' }),
  { ...withStatus('307 Temporary', { method: 'POST', body_file: 'body.txt' }), differs: ['body_file_replayed'] },
  withStatus('300 Choices'),
  withStatus('304 Not Modified'),
  withStatus('305 Use Proxy'),
  withStatus('302 Found', { follow_redirects: false }),
  withStatus('302 Found', { no_follow_redirects: true }),
  withStatus('302 Found', { follow_redirects: false, valid_status_codes: [302] }),
  withStatus('302 Found', {
    follow_redirects: false,
    valid_status_codes: [302],
    fail_if_body_not_matches_regexp: ['.'],
  }),
  {
    name: 'redirect: refused, with a body',
    http: { follow_redirects: false },
    origins: [{ reply: answer('302 Found', 'go there', ['Location: /x']) }],
  },
  { name: 'redirect: without Location', origins: [{ reply: answer('302 Found', 'nowhere') }] },
  times(10),
  times(11),
  times(12),
  once('relative to the folder', 'b?c=1', { target: 'http://127.0.0.1:@0/x/a?q' }),
  once('a query only', '?c=1', { target: 'http://127.0.0.1:@0/x/a?q' }),
  once('an empty Location', '', { target: 'http://127.0.0.1:@0/x/a' }),
  once('dots', '../../b/./c', { target: 'http://127.0.0.1:@0/x/y/z' }),
  once('a query only, behind dots', '?c=1', { target: 'http://127.0.0.1:@0/x/../a?q' }),
  once('two slashes behind dots', '/x/..//y'),
  once('an encoded slash first, and an odd character', '%2F\\x', { target: 'http://127.0.0.1:@0/x/a' }),
  once('a tab in the fragment', '/x#a\tb'),
  once('a colon in the first segment', '1http://127.0.0.1:@0/'),
  once('backslashes', '\\\\127.0.0.1:@0\\x'),
  once('an IPv4 address in brackets', 'http://[127.0.0.1]:@0/'),
  once('a name in brackets', 'http://[localhost]:@0/'),
  once('an IPv4 address in IPv6 in brackets', 'http://[::ffff:127.0.0.1]:@0/'),
  once('a bracket within a host', 'http://127.0.0.1[:@0/'),
  once('no URL of another scheme', 'ftp://a b/'),
  once('digits of full width', 'http://１２７.0.0.1:@0/'),
  once('nothing but a port behind the scheme', 'http:@0/x'),
  once('without a scheme', '//127.0.0.1:@0/next'),
  once('with a fragment', '/next#part'),
  once('the fragment of the first URL', '/next', { target: 'http://127.0.0.1:@0/#frag', differs: ['request_details'] }),
  once('with blanks and umlauts', '/a b/\xe4?c d'),
  once('with a bad escape', '/a%zz'),
  once('with a bad port', 'http://127.0.0.1:port/'),
  once('with a control character', '/a\x7fb'),
  once('to ftp', 'ftp://127.0.0.1:@0/'),
  once('to a scheme nobody knows', 'mailto:me@example.org'),
  once('without a host', 'http:///x'),
  once('to a port that refuses', 'http://127.0.0.1:@dead/'),
  once('to a name that does not exist', 'http://nothing.invalid:@0/'),
  once('with userinfo', 'http://u:p@127.0.0.1:@0/next'),
  once('two Location headers', '/first\r\nLocation: /second'),
  {
    name: 'redirect: to another port',
    http: { headers: { 'X-Own': '1', Authorization: 'Own x', Cookie: 'own=1' } },
    origins: [{ reply: redirect('http://127.0.0.1:@1/x') }, HELLO],
  },
  { name: 'redirect: three slashes', origins: [{ reply: [redirect('///x'), DONE] }] },
  { name: 'redirect: two slashes and a query', origins: [{ reply: [redirect('//?x'), DONE] }] },
  {
    name: 'redirect: a cookie with blanks',
    origins: [{ reply: [redirect('/a', '302 Found', ['Set-Cookie: a=b c', 'Set-Cookie: d="e f"']), DONE] }],
  },
  {
    name: 'redirect: to another host',
    http: { headers: { 'X-Own': '1', Authorization: 'Own x', Cookie: 'own=1', Host: 'sonde.example' } },
    origins: [{ reply: redirect('http://localhost:@1/x') }, HELLO],
  },
  {
    name: 'redirect: more credentials to another host',
    http: {
      headers: { 'Proxy-Authorization': 'x', Cookie2: 'x' },
      http_headers: { Cookie: { values: ['x'] }, 'X-More': { secrets: ['x'] } },
    },
    origins: [{ reply: redirect('http://localhost:@1/x') }, HELLO],
  },
  {
    name: 'redirect: a Host header and a relative Location',
    http: { headers: { Host: 'sonde.example' } },
    origins: [{ reply: [redirect('/x'), DONE] }],
  },
  {
    name: 'redirect: basic_auth to another host',
    http: { basic_auth: { username: 'me', password: 'pw' } },
    origins: [{ reply: redirect('http://localhost:@1/x') }, HELLO],
  },
  {
    name: 'redirect: authorization to the same host',
    http: { authorization: { credentials: 'abc' } },
    origins: [{ reply: [redirect('/x'), DONE] }],
  },
  {
    name: 'redirect: cookies',
    origins: [
      { reply: [redirect('/a', '302 Found', ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2; Path=/other']), DONE] },
    ],
  },
  {
    name: 'redirect: a cookie that is secure',
    differs: ['secure_cookie_on_loopback'],
    origins: [
      { reply: [redirect('/a', '302 Found', ['Set-Cookie: a=1; Secure', 'Set-Cookie: b="2 3"; HttpOnly']), DONE] },
    ],
  },
  {
    name: 'redirect: a cookie that is taken back',
    origins: [
      {
        reply: [
          redirect('/a', '302 Found', ['Set-Cookie: a=1; Path=/', 'Set-Cookie: c=3; Path=/']),
          redirect('/b', '302 Found', ['Set-Cookie: a=; Path=/; Max-Age=0']),
          DONE,
        ],
      },
    ],
  },
  {
    name: 'redirect: cookies beside a Cookie header',
    http: { headers: { Cookie: 'own=1' } },
    origins: [{ reply: [redirect('/a', '302 Found', ['Set-Cookie: a=1; Path=/']), DONE] }],
  },
  {
    name: 'redirect: a Referer of its own',
    http: { headers: { Referer: 'http://own.example/' } },
    origins: [{ reply: [redirect('/a'), redirect('/b'), DONE] }],
  },
  {
    name: 'redirect: userinfo in the first URL',
    target: 'http://me:pw@127.0.0.1:@0/',
    origins: [{ reply: [redirect('/a'), DONE] }],
  },
  {
    name: 'redirect: from http to https',
    http: { tls_config: { ca_file: 'ca.pem' } },
    origins: [{ reply: redirect('https://127.0.0.1:@1/x') }, { ...HELLO, identity: 'good' }],
  },
  {
    name: 'redirect: from https to http',
    target: 'https://127.0.0.1:@0/',
    http: { tls_config: { ca_file: 'ca.pem' }, headers: { Referer: 'x' } },
    origins: [{ reply: redirect('http://127.0.0.1:@1/x'), identity: 'good' }, HELLO],
  },
  {
    name: 'redirect: from https to http, without Referer',
    target: 'https://127.0.0.1:@0/',
    http: { tls_config: { ca_file: 'ca.pem' } },
    origins: [{ reply: redirect('http://127.0.0.1:@1/x'), identity: 'good' }, HELLO],
  },
  {
    name: 'redirect: final body is the one that is judged',
    http: { fail_if_body_not_matches_regexp: ['^done$'] },
    origins: [{ reply: [answer('302 Found', 'go', ['Location: /x']), DONE] }],
  },
];
