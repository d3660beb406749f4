import type { IncomingHttpHeaders } from 'node:http';
import t, { type Test } from 'tap';
import {
  readRecordedCases,
  type RecordedAnswer,
  type RecordedCase,
  type RecordedStep,
  stepBody,
  stepHeaders,
} from '../helpers/push/push-cases.js';
import { exposedLines, startTestPushgateway, type TestPushgateway } from '../helpers/services/start-pushgateway.js';

/** Where Sonde answers otherwise, on purpose: by case and number of the step. */
const DEVIATIONS: Readonly<Record<string, { readonly why: string; readonly expect: RecordedAnswer }>> = {
  'E20/0': {
    why: 'a family without a name would cut every later scrape short, so it is refused',
    expect: { status: 400, body_re: 'a metric family has no name' },
  },
  'E20/1': { why: 'so the scrape is whole', expect: { status: 200, body_re: 'pushgateway_build_info' } },
  'F01/2': {
    why: 'a scrape never fails because of a push: of two types the first group counts, the rest is left out and counted',
    expect: { status: 200, body_re: '# TYPE a counter\na\\{instance="",job="j1"\\} 1\n(?!a)' },
  },
  'K07/0': {
    why: 'metrics of the Go runtime are not among the own ones of a Node program; test/push/group-store.test.ts has the same with one that is',
    expect: { status: 200, body: '' },
  },
  'H07/0': { why: 'there is no Go profile of a Node program', expect: { status: 404 } },
  'H07/1': { why: 'there is no Go profile of a Node program', expect: { status: 404 } },
};

const cases = readRecordedCases();
t.equal(cases.length, 118, 'all cases are there');
for (const recorded of cases) t.test(`${recorded.id} ${recorded.title}`, (t) => runCase(t, recorded));

async function runCase(t: Test, recorded: RecordedCase): Promise<void> {
  const gateway = await startTestPushgateway(recorded.flags);
  t.teardown(() => gateway.stop(1));
  for (const [index, step] of recorded.steps.entries()) {
    const deviation = DEVIATIONS[`${recorded.id}/${index}`];
    const expected = deviation?.expect ?? expectedOf(step);
    const name = `step ${index}${deviation === undefined ? '' : ` (${deviation.why})`}`;
    if (step.action === 'EXIT') await t.resolves(gateway.quit, `${name}: it ends`);
    else if (step.action === 'SCRAPE') await scrape(t, gateway, { step, expected, recorded, name });
    else {
      const body = Buffer.from(stepBody(step) ?? '');
      const options = { headers: { 'Content-Length': String(body.length), ...stepHeaders(step) }, body };
      const answer = await gateway.send(step.method ?? '', step.path ?? '', options);
      compare(t, { status: answer.status, headers: answer.headers, text: answer.text }, { expected, name });
    }
  }
}

/** What 1.11 answers; a body of its own replaces both ways to describe one. */
function expectedOf({ expect, expect_1_11: newer }: RecordedStep): RecordedAnswer {
  if (newer?.body === undefined && newer?.body_re === undefined) return { ...expect, ...newer };
  const { status, headers, lines } = expect ?? {};
  const same = { ...(status !== undefined && { status }), ...(headers && { headers }), ...(lines && { lines }) };
  return { ...same, ...newer };
}

async function scrape(
  t: Test,
  gateway: TestPushgateway,
  circumstances: { step: RecordedStep; expected: RecordedAnswer; recorded: RecordedCase; name: string },
): Promise<void> {
  const { step, expected, recorded, name } = circumstances;
  const { status, headers, text } = await gateway.send('GET', '/metrics', { headers: stepHeaders(step) });
  // What 1.11 shows otherwise replaces the recorded lines.
  const { lines, ...rest } = expected;
  const asked = step.expect_1_11 === undefined ? rest : { ...rest, ...step.expect_1_11 };
  if (step.expect_1_11?.body === undefined) compare(t, { status, headers, text }, { expected: asked, name });
  if (lines === undefined || step.expect_1_11 !== undefined) return;
  const found = exposedLines(text).map((line) => line.replace(/(?<= )1\.\d{6,}e\+09$/, '<now>'));
  if (recorded.source_derived === true && lines.length > 0) {
    for (const line of lines) t.ok(found.includes(line), `${name}: ${line}`);
    return;
  }
  const wanted = lines.map((line) => line.replace('<one or two>', 'one'));
  const needed = recorded.id === 'K05' ? found.filter((line) => !line.startsWith('# TYPE')) : found;
  t.same([...needed].sort(), [...wanted].sort(), `${name}: lines`);
}

interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function compare(t: Test, seen: Seen, { expected, name }: { expected: RecordedAnswer; name: string }): void {
  const { status, headers = {}, body, body_re: pattern } = expected;
  if (status !== undefined)
    t.ok([status].flat().includes(seen.status), `${name}: status ${seen.status}, ${String(status)}`);
  if (body !== undefined) t.equal(seen.text, body, `${name}: body`);
  if (pattern !== undefined) t.match(seen.text, new RegExp(pattern, 's'), `${name}: body`);
  for (const [header, value] of Object.entries(headers)) {
    const found = [seen.headers[header] ?? ''].flat().join();
    // 1.11 says how names are escaped.
    t.equal(found.replace(/; escaping=.*/, ''), value, `${name}: ${header}`);
  }
}
