import t, { type Test } from 'tap';
import { gauge } from '../../../src/metrics/metric-definition.js';
import { ProbeFailure } from '../../../src/probe/failure.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startApp, testModule } from '../../helpers/services/start-app.js';

const row = gauge('db_rows', 'Rows.', ['table', 'text']);
const last = gauge('probe_db_duration_seconds', 'Set last.');

interface Script {
  readonly rows: number;
  readonly text?: string;
  /** How long the server takes. */
  readonly seconds: number;
  readonly fails?: true;
}

async function startProber(t: Test, { rows, text = 'x', seconds, fails }: Script) {
  const clock = new ManualClock();
  const module = testModule({
    name: 'db',
    probe: (_request, { metrics }) => {
      for (let at = 0; at < rows; at++) metrics.setWith(row, { table: `${at}`, text }, at);
      metrics.set(last, seconds);
      clock.advance(seconds);
      return fails ? Promise.reject(new ProbeFailure('request', 'response_timeout', 'too slow')) : Promise.resolve();
    },
  });
  const app = await startApp({ modules: [module], clock });
  t.teardown(() => app.stop(0));
  return app;
}

const TIMEOUT = { 'x-prometheus-scrape-timeout-seconds': '10' };
const NO_TIME = 'phase="answer",reason="response_timeout"';

const CASES: readonly (Script & { readonly name: string; readonly left: number; readonly failure?: string })[] = [
  { name: 'within its time', rows: 5000, seconds: 1, left: 5000 },
  {
    name: 'few with long labels, and late',
    rows: 100,
    text: 'x'.repeat(2000),
    seconds: 20,
    left: 33,
    failure: NO_TIME,
  },
  { name: 'few, and late', rows: 3900, seconds: 20, left: 3900 },
  { name: 'many, and late', rows: 5000, seconds: 20, left: 1000, failure: NO_TIME },
  {
    ...{ name: 'many of a probe that ran out of time', rows: 5000, seconds: 20, fails: true, left: 1000 },
    failure: 'phase="request",reason="response_timeout"',
  },
  {
    ...{ name: 'too large', rows: 6000, text: 'x'.repeat(16_000), seconds: 1, left: 5 },
    failure: 'phase="answer",reason="response_too_large"',
  },
];

for (const { name, left, failure, ...script } of CASES) {
  t.test(`the metrics of a server: ${name}`, async (t) => {
    const app = await startProber(t, script);
    const { status, text } = await httpGet(app.address, '/probe?module=db&target=x', { headers: TIMEOUT });
    t.equal(status, 200);
    t.equal(text.match(/^db_rows\{/gm)?.length, left);
    t.match(text, /^probe_db_duration_seconds /m, 'what the prober says of the probe is there');
    t.match(text, `\nprobe_success ${failure === undefined ? 1 : 0}\n`);
    t.equal(/^probe_failure_info\{(.*)\} 1$/m.exec(text)?.[1], failure);
    t.equal(/^probe_failed_phase_duration_seconds/m.test(text), failure !== undefined);
    const { text: own } = await httpGet(app.address, '/metrics');
    const ended = failure === undefined ? 'success' : 'failure';
    t.match(own, `sonde_probe_duration_seconds_count{module="db",outcome="${ended}"} 1`, 'counted as it is answered');
  });
}
