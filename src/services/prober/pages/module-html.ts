import { type Html, html } from '../../../http/pages/html.js';
import type { ProbeModule, ShownParam } from '../../../probe/probe-module.js';
import { moduleHref } from './module-href.js';

/** The longest text of a module that a page shows, in characters. */
const LONGEST_MODULE = 64 * 1024;

/** The place of a module in its file, and the depth of its page below the service's prefix. */
export interface ModulePlace {
  /** The place of the module as `file:line:column`, if that is known. */
  readonly place: string | undefined;
  readonly up: '' | '../';
}

/** A module among others: its name, where it stands, a form to probe with it, and its options. */
export function moduleHtml(module: ProbeModule, where: ModulePlace): Html {
  return html`<article class="module" id="${moduleAnchor(module.name)}"><h2>${moduleLink(module.name, where.up)}</h2>
${moduleFacts(module, where)}${moduleYaml(module.describeOwn())}</article>
`;
}

/** Prober and place of a module, and the form that probes with it. */
export function moduleFacts({ name, prober, base, params }: ProbeModule, { place, up }: ModulePlace): Html {
  const at = place === undefined ? '' : html`, <code>${place}</code>`;
  const from = base === undefined ? '' : html`, extends ${moduleLink(base, up)}`;
  return html`<p class="muted foreign">prober ${prober === '' ? '(none)' : prober}${from}${at}</p>
<form class="bar" action="${up}probe"><input type="hidden" name="module" value="${name}"><input name="target" required placeholder="Target" autocomplete="off" aria-label="Target to probe with ${name}">${params?.declared.map(paramField) ?? ''}<button name="debug" value="true" aria-label="Probe with ${name}">Probe</button></form>
`;
}

function paramField({ name, required, default: usual = '' }: ShownParam): Html {
  return html`<input name="${name}" placeholder="${name}${usual === '' ? '' : `: ${usual}`}" autocomplete="off" aria-label="Parameter ${name}"${required && usual === '' ? html` required` : ''}>`;
}

/** A module's options, cut to the length that a page shows. */
export function moduleYaml(yaml: string): Html {
  const isLong = yaml.length > LONGEST_MODULE;
  return html`<pre>${isLong ? `${yaml.slice(0, LONGEST_MODULE)}\n… (curl shows all of it)` : yaml}</pre>\n`;
}

/** A link to the page of a module. */
export function moduleLink(name: string, up: string): Html {
  return html`<a href="${moduleHref(name, up)}">${name}</a>`;
}

/** The name of a module's place on the page of all. */
export function moduleAnchor(name: string): string {
  return `module-${encodeURIComponent(Buffer.from(name).toString())}`;
}
