import { countText } from '../../../http/pages/count-text.js';
import { type Html, html } from '../../../http/pages/html.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import { shownName } from './target-row.js';

type Modules = ReadonlyMap<string, ProbeModule>;

/** More modules than this are not listed; their names can be typed. */
const MOST_LISTED = 200;
const USUAL_MODULE = 'http_2xx';

/** How a choice of a module is named, and what stands for no module. */
export interface ModuleChoice {
  readonly label: string;
  readonly chosen: string;
  readonly none?: string;
}

/** A control named `module`: a list, or a field where there are too many. */
export function moduleChoice(modules: Modules, { label, chosen, none }: ModuleChoice): Html {
  if (modules.size > MOST_LISTED) {
    return html`<input name="module" value="${chosen}" aria-label="${label}" placeholder="${none ?? label}" spellcheck="false">`;
  }
  const names = [...modules.keys(), ...(chosen === '' || modules.has(chosen) ? [] : [chosen])];
  const options = names.map(
    (name) => html`<option value="${name}"${name === chosen ? ' selected' : ''}>${shownName(name)}</option>`,
  );
  return html`<select name="module" aria-label="${label}">${none === undefined ? '' : html`<option value="">${none}</option>`}${options}</select>`;
}

/** A form that probes a target with a module. */
export function probeForm(modules: Modules): Html {
  const [first = USUAL_MODULE] = modules.keys();
  const chosen = modules.has(USUAL_MODULE) ? USUAL_MODULE : first;
  return html`<h2>Probe a target</h2>
<form class="bar" action="probe"><input name="target" required placeholder="Target, such as prometheus.io" aria-label="Target" spellcheck="false">${moduleChoice(modules, { label: 'Module to probe with', chosen })} <button name="debug" value="true">Probe and debug</button> <button>Probe</button></form>
`;
}

/** The modules with what they are. */
export function modulesHtml(modules: Modules): Html {
  if (modules.size === 0) return html`<h2>Modules</h2>\n<p class="muted">The configuration has none.</p>\n`;
  const listed = [...modules.values()].slice(0, MOST_LISTED);
  const more = modules.size - listed.length;
  return html`<h2>Modules</h2>
<ul class="modules">
${listed.map(moduleItem)}</ul>
${more > 0 ? html`<p>and ${countText(more)} more in the <a href="config">configuration</a></p>\n` : ''}`;
}

function moduleItem({ name, prober, timeoutSeconds }: ProbeModule): Html {
  const timeout = timeoutSeconds !== undefined && timeoutSeconds > 0 ? `, at most ${timeoutSeconds} s` : '';
  return html`<li><a href="modules/${encodeURIComponent(Buffer.from(name).toString())}">${shownName(name)}</a> <span class="muted">${prober}${timeout}</span></li>\n`;
}
