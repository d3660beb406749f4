import { type Reply, sendWhole, textReply } from '../../../http/answers/http-reply.js';
import { prefersHtml, varyingByAccept } from '../../../http/answers/prefers-html.js';
import { PIECE_BYTES, sendPieces } from '../../../http/answers/send-pieces.js';
import type { Exchange, Route } from '../../../http/exchange.js';
import { type Html, html } from '../../../http/pages/html.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import { inSlices, type Steps } from '../../../values/in-slices.js';
import type { ConfigSource, RunningConfig } from '../config-source.js';
import { moduleAnchor, moduleHtml, moduleLink } from './module-html.js';
import { proberPage } from './prober-page.js';
import { REPORT_STYLE } from './report-style.js';

/** How much of all modules together is shown, in characters; after that, only the names of modules follow. */
const LONGEST_CONFIG = 512 * 1024;

/** `GET /config`: the configuration in force, as a page of its modules for browsers, else as YAML. */
export function configRoute(config: ConfigSource): Route {
  return async ({ request, response }) => {
    if (prefersHtml(request)) await sendWhole(response, varyingByAccept(await inSlices(configReply(config))));
    else await sendText({ request, response }, config.current());
  };
}

/** The YAML of more modules is sent while it is made. */
const MODULES_AT_ONCE = 200;

async function sendText(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  { modules, render }: RunningConfig,
): Promise<void> {
  if (modules.size <= MODULES_AT_ONCE) {
    const text = await inSlices(joined(render()));
    await sendWhole(response, varyingByAccept(textReply(text)));
    return;
  }
  const { contentType, headers } = varyingByAccept(textReply(''));
  const pieces = request.method === 'HEAD' ? [] : largerPieces(render());
  await sendPieces(response, { headers: { ...headers, 'Content-Type': contentType }, pieces });
}

function* joined(pieces: Iterable<string>): Steps<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    yield;
  }
  return text;
}

/** Pieces that are worth a write; the pauses between them stay. */
function* largerPieces(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE_BYTES / 4) yield '';
    else {
      yield text;
      text = '';
    }
  }
  yield text;
}

/** Yields before each module: there may be thousands. */
function* configReply(config: ConfigSource): Generator<void, Reply> {
  const { modules, places, faults } = config.current();
  const shown: Html[] = [];
  const others: Html[] = [];
  let length = 0;
  for (const module of modules.values()) {
    yield;
    if (length > LONGEST_CONFIG) {
      others.push(html`<li>${moduleLink(module.name, '')}</li>\n`);
      continue;
    }
    const article = moduleHtml(module, { place: places?.get(module.name), up: '' });
    length += article.toString().length;
    shown.push(article);
  }
  const main = html`<h1>Configuration</h1>
${filesHtml(config)}${faults.map((fault) => html`<p class="problem foreign">${fault}</p>\n`)}${jumpsHtml(modules)}${shown}${others.length === 0 ? '' : html`<h2>More modules</h2>\n<ul>\n${others}</ul>\n`}`;
  return proberPage({ title: 'Configuration', here: 'config', style: REPORT_STYLE, main });
}

/** The files that the configuration is made of, and what keeps the newest of them from being in force. */
function filesHtml({ files }: ConfigSource): Html {
  const rows = files.map(
    ({ file, problem }) =>
      html`<li><code class="foreign">${file}</code>${problem === undefined ? '' : html`: <strong class="bad-text">not in force</strong><pre>${problem}</pre>`}</li>\n`,
  );
  return html`<ul>\n${rows}</ul>\n`;
}

/** More links to places of the page than this are of no use. */
const MOST_JUMPS = 100;

function jumpsHtml(modules: ReadonlyMap<string, ProbeModule>): Html {
  if (modules.size < 2) return html``;
  const names = [...modules.keys()].slice(0, MOST_JUMPS);
  const links = names.map(
    (name) => html`<li><a href="#${moduleAnchor(name)}" aria-label="Jump to ${name}">${name}</a></li>`,
  );
  return html`<nav aria-label="Modules"><ul class="steps">${links}</ul></nav>\n`;
}
