import { sendReply } from '../../../http/answers/http-reply.js';
import { html } from '../../../http/pages/html.js';
import type { RouteHandler } from '../../../http/routes/router.js';
import type { RunningConfig } from '../config-source.js';
import { moduleFacts, moduleYaml } from './module-html.js';
import { proberPage } from './prober-page.js';
import { REPORT_STYLE } from './report-style.js';

/** `GET /modules/NAME`: one module of the configuration in force. */
export function modulePage(current: () => RunningConfig): RouteHandler {
  return ({ response }, name) => {
    const { modules, places } = current();
    const module = modules.get(name);
    if (module === undefined) {
      sendReply(response, proberPage({ title: 'No such module', up: '../', status: 404, main: NO_MODULE }));
      return;
    }
    const own = module.describeOwn();
    const whole = module.describe();
    const defaults =
      own === whole
        ? ''
        : html`<details><summary><h2>With the defaults of the other probers</h2></summary>\n${moduleYaml(whole)}</details>\n`;
    const main = html`<h1>Module ${name}</h1>
${moduleFacts(module, { place: places?.get(name), up: '../' })}${moduleYaml(own)}${defaults}<p><a href="../config">All modules</a></p>
`;
    sendReply(response, proberPage({ title: `Module ${name}`, up: '../', style: REPORT_STYLE, main }));
  };
}

const NO_MODULE = html`<h1>No such module</h1>
<p>The configuration in force has no module of this name.</p>
<p><a href="../config">All modules</a></p>
`;
