import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Browser, findChromium, noChromium } from '../../helpers/documents/browser.js';
import { probePath, startFailingTargets, startServiceFor } from '../../helpers/servers/failing-targets.js';

t.setTimeout(500_000);

const SCREENS = [
  { width: 360, scheme: 'light' },
  { width: 360, scheme: 'dark' },
  { width: 1440, scheme: 'light' },
  { width: 1440, scheme: 'dark' },
] as const;

/** The script of axe-core: SONDE_AXE names its folder, which .ci/run installs. Undefined if there is none. */
const axe = ((folder = process.env['SONDE_AXE']) =>
  folder === undefined ? undefined : readFileSync(join(folder, 'axe.min.js'), 'utf8'))();
const skip = noChromium() ?? (axe === undefined ? 'there is no axe-core' : false);

const RUN_AXE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' | ')))`;

/** Folded parts are looked at, too. */
const UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })";
/** What sticks out to the right; heads of tables that are shown as cards are there for screen readers alone. */
const CUT_OFF = `[...document.querySelectorAll('main *')]
  .filter((each) => each.closest('thead')?.getBoundingClientRect().width !== 1)
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 120))`;
const NAMES = `[...document.querySelectorAll('main a, main button')].map((each) =>
  (each.getAttribute('aria-label') ?? each.textContent) + ' → ' + (each.href ?? each.form.action))`;

async function openService(t: Test) {
  const failing = await startFailingTargets(t);
  const { address } = await startServiceFor(t, failing);
  const of = (title: string): string => {
    const target = failing.targets.find((each) => each.title === title);
    if (target === undefined) throw new Error(`There is no target "${title}"`);
    return probePath(target);
  };
  const browser = await Browser.start(findChromium() ?? '');
  t.teardown(() => browser.close());
  return { browser, of, url: (path: string) => `http://${address}${path}` };
}

t.test('pages in a real browser', { skip }, async (t) => {
  const { browser, of, url } = await openService(t);
  const pages = [
    ...['Expired certificate', 'Wrong status', 'Redirect loop', 'SMTP without STARTTLS'].map((title) => ({
      name: title,
      path: of(title),
    })),
    { name: 'the targets', path: '/' },
    { name: 'a probe that was', path: '/probes/0' },
    { name: 'a probe that was not', path: '/probes/12345' },
    { name: 'the configuration', path: '/config' },
    { name: 'a module', path: '/modules/tls_shop' },
    { name: 'the reasons', path: '/reasons' },
  ];
  for (const { name, path } of pages) {
    for (const { width, scheme } of SCREENS) {
      await t.test(`${name}, ${width} px, ${scheme}`, async (t) => {
        await browser.open(url(path), { width, scheme });
        const errors = browser.complaints().filter((each) => !each.includes('404 (Not Found)'));
        t.same(errors, [], 'the policy forbids nothing that the page has');
        t.same(
          browser.requests().filter((each) => each !== url(path) && !/^data:|\/targets\.js\?\S+$/.test(each)),
          [],
          'nothing else is asked for',
        );
        await browser.evaluate(UNFOLD);
        t.same(await browser.evaluate(CUT_OFF), [], 'nothing is cut off');
        t.match(await browser.evaluate('document.title'), / – Sonde$/);
        await browser.evaluate(`${axe ?? ''};0`);
        t.same(await browser.evaluate(RUN_AXE), [], 'axe finds nothing');
        const names = (await browser.evaluate<readonly string[]>(NAMES)).map((each) => each.split(' → '));
        const destinations = new Map<string, Set<string>>();
        for (const [text = '', to = ''] of names) destinations.set(text, (destinations.get(text) ?? new Set()).add(to));
        t.same(
          [...destinations].filter(([, to]) => to.size > 1).map(([text]) => text),
          [],
          'no two links to different places have one name',
        );
      });
    }
  }
});

t.test('without JavaScript a page says the same', { skip }, async (t) => {
  const { browser, of, url } = await openService(t);
  await browser.open(url(of('Expired certificate')), { width: 1024, scheme: 'light' });
  const path = await browser.evaluate<string>("document.querySelector('a[href^=probes]').getAttribute('href')");
  const texts: string[] = [];
  for (const javascript of [true, false]) {
    await browser.open(url(`/${path}`), { width: 1024, scheme: 'light', javascript });
    texts.push((await browser.evaluate<string>('document.body.innerText')).replace(/\(.* ago\)|\(just now\)/, ''));
  }
  t.match(texts[0], 'the certificate expired 3 days ago');
  t.equal(texts[1], texts[0]);
});
