import t from 'tap';
import { hrefOf, originForm, parseHttpUrl, portOf, resolveHttpUrl } from '../../../src/probers/http-client/http-url.js';
import { UrlError } from '../../../src/values/go/go-url.js';

interface Parsed {
  readonly url: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
  readonly sent: string;
}

const PARSED: readonly Parsed[] = [
  { url: 'http://h', host: 'h', hostname: 'h', port: 80, sent: '/' },
  { url: 'HTTPS://H.Example/', host: 'H.Example', hostname: 'H.Example', port: 443, sent: '/' },
  { url: 'http://127.0.0.1:/x', host: '127.0.0.1:', hostname: '127.0.0.1', port: 80, sent: '/x' },
  { url: 'http://[::1]:8080/a?b=c#d', host: '[::1]:8080', hostname: '::1', port: 8080, sent: '/a?b=c' },
  { url: 'http://[fe80::1%25lo]/', host: '[fe80::1%lo]', hostname: 'fe80::1%lo', port: 80, sent: '/' },
  { url: 'http://h%25/', host: 'h%', hostname: 'h%', port: 80, sent: '/' },
  { url: 'http://[::ffff:1.2.3.4]/', host: '[::ffff:1.2.3.4]', hostname: '::ffff:1.2.3.4', port: 80, sent: '/' },
  { url: 'http://h/#a\tb', host: 'h', hostname: 'h', port: 80, sent: '/' },
  { url: 'http://h?', host: 'h', hostname: 'h', port: 80, sent: '/?' },
  { url: 'http://h?q=a b+c%2B', host: 'h', hostname: 'h', port: 80, sent: '/?q=a b+c%2B' },
  { url: 'http://h/a b', host: 'h', hostname: 'h', port: 80, sent: '/a%20b' },
  { url: 'http://h/a%2Fb', host: 'h', hostname: 'h', port: 80, sent: '/a%2Fb' },
  { url: 'http://h/ü', host: 'h', hostname: 'h', port: 80, sent: '/%C3%BC' },
  { url: 'http://u:p%40@h/', host: 'h', hostname: 'h', port: 80, sent: '/' },
  { url: 'http://h//x/../y', host: 'h', hostname: 'h', port: 80, sent: '//x/../y' },
];

for (const { url, host, hostname, port, sent } of PARSED) {
  t.test(`parses ${url}`, (t) => {
    const parsed = parseHttpUrl(url);
    t.same([parsed.host, parsed.hostname, portOf(parsed), originForm(parsed)], [host, hostname, port, sent]);
    t.end();
  });
}

t.same(parseHttpUrl('http://u:p%40@h/').userinfo, { username: 'u', password: 'p@' }, 'userinfo is decoded');
t.notMatch(hrefOf(parseHttpUrl('http://u:pass@h/')), /pass/, 'the href shows no userinfo');

const REFUSED: readonly (readonly [url: string, text: string])[] = [
  ['http://[::1', `parse "http://[::1": missing ']' in host`],
  ['http://h:x/', `parse "http://h:x/": invalid port ":x" after host`],
  ['http://h/%zz', `parse "http://h/%zz": invalid URL escape "%zz"`],
  ['http://h/%', `parse "http://h/%": invalid URL escape "%"`],
  ['http://h%41/', `parse "http://h%41/": invalid URL escape "%41"`],
  ['http://a b/', `parse "http://a b/": invalid character " " in host name`],
  ['http://u p@h/', `parse "http://u p@h/": net/url: invalid userinfo`],
  ['http://[127.0.0.1]/', `parse "http://[127.0.0.1]/": invalid IP-literal`],
  ['http://a[::1]/', `parse "http://a[::1]/": invalid IP-literal`],
  ['http://[[::1]]/', `parse "http://[[::1]]/": invalid IP-literal`],
  ['http://[h]/', `parse "http://[h]/": invalid host: ParseAddr("h"): unable to parse IP`],
  ['http://[::1%25]/', `parse "http://[::1%25]/": invalid host: ParseAddr("::1%"): unable to parse IP`],
  [
    'http://[127.0.0.1%25a]/',
    `parse "http://[127.0.0.1%25a]/": invalid host: ParseAddr("127.0.0.1%a"): unable to parse IP`,
  ],
  ['http://h/\n', `parse "http://h/\\n": net/url: invalid control character in URL`],
];

for (const [url, text] of REFUSED) {
  t.throws(() => parseHttpUrl(url), { message: text }, `refuses ${JSON.stringify(url)}`);
}

/** RFC 3986 §5.4 and what redirects are seen to say. */
const RESOLVED: readonly (readonly [location: string, href: string])[] = [
  ['/x', 'http://a:1/x'],
  ['x', 'http://a:1/b/c/x'],
  ['./x', 'http://a:1/b/c/x'],
  ['../x', 'http://a:1/b/x'],
  ['../../../x', 'http://a:1/x'],
  ['..', 'http://a:1/b/'],
  ['?y', 'http://a:1/b/c/d?y'],
  ['#s', 'http://a:1/b/c/d?q'],
  ['', 'http://a:1/b/c/d?q'],
  ['//other/x', 'http://other/x'],
  ['///other/x', 'http://a:1///other/x'],
  ['//', 'http://a:1/b/c/d?q'],
  ['//?y', 'http://a:1/b/c/d?y'],
  ['https://other', 'https://other'],
  ['HTTPS://other/a/../b', 'https://other/b'],
  ['g;x=1/../y', 'http://a:1/b/c/y'],
  ['/..//x', 'http://a:1/x'],
  ['/a/..//x', 'http://a:1/x'],
  ['/a/..///x', 'http://a:1//x'],
  ['/a/b/..//x', 'http://a:1/a//x'],
  ['/.//x', 'http://a:1//x'],
  ['//other/..//x', 'http://other/x'],
  ['%2F\\x', 'http://a:1/%5Cx'],
  ['%2e%2e/x y', 'http://a:1/b/x%20y'],
  ['./1:x', 'http://a:1/b/c/1:x'],
  ['http://Bücher.example:8080/', 'http://xn--bcher-kva.example:8080/'],
  ['https://１２７.0.0.1/', 'https://127.0.0.1/'],
  ['http:opaque', 'http://'],
];

for (const [location, href] of RESOLVED) {
  t.equal(hrefOf(resolveHttpUrl(parseHttpUrl('http://a:1/b/c/d?q'), location)), href, `resolves ${location}`);
}
t.equal(hrefOf(resolveHttpUrl(parseHttpUrl('http://a/b/../c'), '?y')), 'http://a/c?y', 'dots of the base go, too');

const NO_COLON = 'first path segment in URL cannot contain colon';
function problemOf(location: string): string {
  try {
    return hrefOf(resolveHttpUrl(parseHttpUrl('http://a/'), location));
  } catch (error) {
    return error instanceof UrlError ? error.problem : String(error);
  }
}

/** Locations of which Go makes no URL, whatever is done with it. */
const UNRESOLVED: readonly (readonly [location: string, problem: string])[] = [
  ['1http://x/', NO_COLON],
  ['[::1]/next', NO_COLON],
  ['\\\\host:80\\x', NO_COLON],
  ['a:b', 'unsupported protocol scheme'],
  ['..a:b', NO_COLON],
  ['ftp://a b/', 'invalid character in host name'],
  ['ftp://[::1', "missing ']' in host"],
  ['ftp://x/%zz', 'invalid URL escape'],
  ['//[127.0.0.1]/', 'invalid IP-literal'],
];
for (const [location, problem] of UNRESOLVED) {
  t.equal(problemOf(location), problem, `does not resolve ${location}`);
}
t.throws(() => resolveHttpUrl(parseHttpUrl('http://a/'), 'ftp://x/'), { message: 'unsupported protocol scheme "ftp"' });
t.throws(() => resolveHttpUrl(parseHttpUrl('http://a/'), 'http://[::1'), { name: 'UrlError' });
