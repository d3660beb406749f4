import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { html, joinHtml } from '../../../src/http/pages/html.js';
import { REPOSITORY } from '../../helpers/peer.js';

const HOSTILE = `<script>alert('x')</script> & "y"`;
const ESCAPED = '&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;y&#34;';

const ROWS = [
  { name: 'text', page: html`<p>${HOSTILE}</p>`, text: `<p>${ESCAPED}</p>` },
  { name: 'an attribute', page: html`<a href="${HOSTILE}">x</a>`, text: `<a href="${ESCAPED}">x</a>` },
  {
    name: 'HTML in HTML is escaped once',
    page: html`<p>${html`<b>${HOSTILE}</b>`}</p>`,
    text: `<p><b>${ESCAPED}</b></p>`,
  },
  { name: 'lists', page: html`<p>${[1, HOSTILE, html`<br>`]}</p>`, text: `<p>1${ESCAPED}<br></p>` },
  { name: 'nothing', page: html`<p>${undefined}${''}</p>`, text: '<p></p>' },
  { name: 'a separator', page: joinHtml([html`<b>a</b>`, '<', 'c'], ', '), text: '<b>a</b>, &lt;, c' },
  { name: 'a separator is text', page: joinHtml(['a', 'b'], '<br>'), text: 'a&lt;br&gt;b' },
] as const;

t.test('what stands in a template is escaped, HTML is not', (t) => {
  for (const { name, page, text } of ROWS) t.equal(page.toString(), text, name);
  t.end();
});

t.test('only the frame of the pages, with its own style and script, goes without escaping', (t) => {
  const folder = join(REPOSITORY, 'src');
  const users = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && readFileSync(join(folder, file), 'utf8').includes('trustedHtml('))
    .sort();
  t.same(users, ['http/pages/html-page.ts', 'http/pages/html.ts']);
  t.end();
});
