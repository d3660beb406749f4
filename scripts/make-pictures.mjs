// Makes the pictures of the README, docs/pictures/*.png: a probe that fails, as the terminal and as the page show it.
// Needs a Chromium and the tests' build: `npm test` or `node scripts/setup.mjs` makes that.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'docs/pictures');
const SHOWN = 'Expired certificate';
const WIDTH = 900;

const helper = (name) => import(join(ROOT, 'dist/test/helpers', `${name}.js`));
const { Browser, findChromium } = await helper('browser');
const { probePath, startFailingTargets, startServiceFor } = await helper('failing-targets');
const { realShell } = await helper('test-shell');
const { runCommand } = await import(join(ROOT, 'dist/src/cli/run-command.js'));

const chromium = findChromium();
if (chromium === undefined) {
  console.error('there is no Chromium: install one, or name it by SONDE_CHROMIUM');
  process.exit(1);
}
const endings = [];
const scope = { teardown: (end) => endings.push(end) };
const scratch = mkdtempSync(join(tmpdir(), 'sonde-pictures-'));
try {
  const failing = await startFailingTargets(scope);
  const target = failing.targets.find(({ title }) => title === SHOWN);
  const { address } = await startServiceFor(scope, failing);
  const browser = await Browser.start(chromium);
  endings.push(() => browser.close());
  mkdirSync(FOLDER, { recursive: true });
  const view = { width: WIDTH, height: 400 };
  await browser.open(`data:text/html;charset=utf-8,${encodeURIComponent(await terminal(failing.config, target))}`, {
    ...view,
    scheme: 'dark',
  });
  writeFileSync(join(FOLDER, 'terminal.png'), await browser.picture());
  await browser.open(`http://${address}${probePath(target)}`, { ...view, scheme: 'light' });
  writeFileSync(join(FOLDER, 'page.png'), await browser.picture());
} finally {
  for (const end of endings.reverse()) await end();
  rmSync(scratch, { recursive: true, force: true });
}
process.exit();

/** What a terminal with colours shows of `sonde probe`, as a page. */
async function terminal(config, { args }) {
  const file = join(scratch, 'blackbox.yml');
  writeFileSync(file, config);
  const shell = { ...realShell([`--config.file=${file}`, ...args]), isOutTerminal: true };
  await runCommand(shell);
  const text = shell.written.out.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  const looks = new Map([
    ['0', '</span>'],
    ['1', '<span style="font-weight:bold">'],
    ['2', '<span style="color:#8b949e">'],
    ['31', '<span style="color:#ff7b72">'],
    ['32', '<span style="color:#7ee787">'],
  ]);
  const coloured = text.replace(/\x1b\[(\d+)m/g, (_code, look) => looks.get(look) ?? '');
  return `<!DOCTYPE html><body style="margin:0;background:#0d1117"><pre style="margin:0;padding:16px;color:#e6edf3;font:13px/1.45 'DejaVu Sans Mono',monospace;white-space:pre-wrap">$ sonde probe ${args.join(' ')}\n${coloured}</pre>`;
}
