import t from 'tap';
import { prefersHtml } from '../../../src/http/answers/prefers-html.js';

const CHROMIUM = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,text/plain;version=1.0.0;q=0.4,*/*;q=0.1';

for (const { name, accept, html } of [
  { name: 'Chromium', accept: CHROMIUM, html: true },
  { name: 'Firefox', accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', html: true },
  { name: 'text/html alone, in any letter case', accept: 'Text/HTML', html: true },
  { name: 'HTML before text', accept: 'text/plain;q=0.5, text/html;q=0.6', html: true },
  { name: 'anything but text', accept: 'text/*, text/plain;q=0', html: true },
  { name: 'curl', accept: '*/*', html: false },
  { name: 'no header', accept: undefined, html: false },
  { name: 'an empty header', accept: '', html: false },
  { name: 'Prometheus', accept: PROMETHEUS, html: false },
  { name: 'both the same', accept: 'text/html, text/plain', html: false },
  { name: 'text before HTML', accept: 'text/html;q=0.5, text/plain', html: false },
  { name: 'HTML refused', accept: 'text/html;q=0', html: false },
  { name: 'a quality that is none', accept: 'text/html;q=high', html: false },
  { name: 'a name that objects have', accept: 'constructor, __proto__', html: false },
  { name: 'a header longer than any', accept: `text/html,${'a'.repeat(5000)}`, html: false },
]) {
  t.test(name, async (t) => {
    t.equal(prefersHtml({ headers: accept === undefined ? {} : { accept } }), html);
  });
}
