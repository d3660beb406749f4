import t from 'tap';
import { goUrlProblem, redactUrl } from '../../../src/values/go/go-url.js';

// Go's url.Parse was asked which texts are URLs, through proxy_url; more rows are in test/config/accept-table.ts.
const PROBLEMS: Readonly<Record<string, string | undefined>> = {
  '': undefined,
  '*': undefined,
  'a/b:c': undefined,
  'http:x%zz': undefined,
  'http://ü': undefined,
  'http://a%c3': undefined,
  'http://a<b': undefined,
  'http://a:1:2': undefined,
  ':x': 'missing protocol scheme',
  '1a:b': 'first path segment in URL cannot contain colon',
  '//h:x': 'invalid port after host',
  'http://[::1]x': 'invalid port after host',
  'http://[a]:b': 'invalid port after host',
  'http://[::1%x]': 'invalid URL escape',
  'http://a%zz': 'invalid URL escape',
  'http://a#%zz': 'invalid URL escape',
  'http://a\\b': 'invalid character in host name',
  'http://a\nb': 'net/url: invalid control character in URL',
};
for (const [text, problem] of Object.entries(PROBLEMS)) {
  t.test(JSON.stringify(text), async (t) => {
    t.equal(goUrlProblem(text), problem);
  });
}

t.test('a password in a URL is not shown', async (t) => {
  t.equal(redactUrl('http://u:p@h:1/x'), 'http://u:xxxxx@h:1/x');
  t.equal(redactUrl('//u:p@h'), '//u:xxxxx@h');
  t.equal(redactUrl('http://u:p@q@h'), 'http://u:xxxxx@h');
  t.equal(redactUrl('http://u:p:q@h?a@b'), 'http://u:xxxxx@h?a@b');
  t.equal(redactUrl('http://u@h:1/a:b@c'), 'http://u@h:1/a:b@c');
  t.equal(redactUrl('mailto:a:b@c'), 'mailto:a:b@c');
  t.equal(redactUrl('http://u:@h'), 'http://u:xxxxx@h');
  t.equal(redactUrl('http://u@h:1'), 'http://u@h:1');
  t.equal(redactUrl('http://u:p@'), 'http://u:xxxxx@');
  t.equal(redactUrl('1http://u:p@h'), '1http://u:p@h');
  t.equal(redactUrl('HTTP://u:p@'), 'HTTP://u:xxxxx@');
});
