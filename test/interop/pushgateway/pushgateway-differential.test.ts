import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { findPushgateway, NO_PUSHGATEWAY, startRealPushgateway } from '../../helpers/peer.js';
import { readRecordedCases, stepBody, stepHeaders } from '../../helpers/push/push-cases.js';
import { type HttpAnswer, httpGet, type HttpGetOptions } from '../../helpers/services/http-get.js';
import { exposedLines, startTestPushgateway } from '../../helpers/services/start-pushgateway.js';

t.setTimeout(500_000);

/** Requests that are sent to both programs one after the other. */
interface Scene {
  readonly name: string;
  readonly requests: readonly (HttpGetOptions & { readonly method: string; readonly path: string })[];
}

/** What differs on purpose: docs/pushgateway.md says why. */
const EXPECTED: Readonly<Record<string, string>> = {
  E20: 'a protobuf family without a name is refused',
  K07: 'metrics of the Go runtime are none of ours',
  H05: 'the page is another one',
  H07: 'there is no profile of a Go program',
  U15: 'upstream keeps a group that is no UTF-8 and then fails every scrape',
  B08: 'upstream keeps a group that is no UTF-8 and then fails every scrape',
  'api slash': 'upstream redirects out of its API',
};

const push = (method: string, path: string, body: string) => ({ method, path, body });

const PATHS = [
  '/metrics/job/a%20b',
  '/metrics/job/a+b',
  '/metrics/job/%zz',
  '/metrics/job/j/l',
  '/metrics/job/j/l/',
  '/metrics/job/j/l//',
  '/metrics/job//j',
  '/metrics/job/./j',
  '/metrics/job/',
  '/metrics/job',
  '/metrics/job@base64/',
  '/metrics/job@base64/abcde',
  '/metrics/job@base64/%0Aab',
  '/metrics/job@base64/a+b',
  '/metrics/job@base64/=',
  '/metrics/job/j/l@base64/abcde',
  '/metrics/job/j/__l/v',
  '/metrics/job/j/l:m/v',
  '/metrics/job/j/job/k',
  '/metrics/job/j/%C3%A9/v',
  '/METRICS/job/j',
  '/metrics/Job/j',
  '/metrics/jobs/j',
  '/metrics/',
  '/-/quit',
  '/-/Quit',
  '/-/ready/',
  '/api/v1/nope',
  '/api/v1',
  '/nope',
  '/metrics/job/j?x=y',
] as const;

const BODIES = [
  '# HELP a one\\ntwo \\\\ \n# TYPE a gauge\na{x="q\\"\\n\\\\"} 1e-5\n',
  '# TYPE c counter\nc{b="2",a="1"} 1e21\nc -0\n',
  'a +Inf\nb -inf\nc NaN\nd 1e400\n',
  '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 2\ns_count 3\n',
  '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 2\nh_count 3\n',
  '# TYPE h histogram\nh_bucket{le="1"} 1.5\nh_bucket{le="+Inf"} 2.5\nh_sum 2\nh_count 2.5\n',
  'a{instance="i"} 1\na{instance="k"} 2\n',
  'a{job="other"} 1\n',
  'a 1\na 2\n',
  'a 1 1000\n',
  'push_time_seconds 5\nb 1\n',
  '# TYPE g gauge_histogram\ng_bucket{le="1"} 1\ng_sum 2\ng_count 3\n',
  'a{l="é☃"} 1\n',
  '\n\n',
  '# only\n',
] as const;

/** Pairs that are pushed to two groups one after the other. */
const PAIRS = [
  ['# TYPE x counter\nx 1\n', '# TYPE x gauge\nx 1\n'],
  ['# TYPE s summary\ns_sum 1\ns_count 1\n', 's_sum 1\n'],
  ['h_bucket 1\n', '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n'],
  ['# HELP x a\nx 1\n', 'x 1\n'],
  ['x 1\n', 'y 1\n'],
] as const;

/** Random texts that are the same at every run. */
function fuzzedBodies(count: number): readonly string[] {
  let state = 12345;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % limit;
  };
  const PARTS = [
    'a',
    'b_sum',
    ' ',
    '1',
    '2.5',
    '{',
    '}',
    'l="v"',
    ',',
    '\n',
    '# TYPE a ',
    'counter',
    'gauge',
    '# HELP a ',
    '"',
    '\\',
    '=',
    'NaN',
    '\t',
    'é',
  ];
  return Array.from(
    { length: count },
    () => `${Array.from({ length: 3 + below(12) }, () => PARTS[below(PARTS.length)]).join('')}\n`,
  );
}

const SCENES: readonly Scene[] = [
  ...PATHS.flatMap((path) =>
    ['PUT', 'GET', 'DELETE'].map((method) => ({ name: `${method} ${path}`, requests: [push(method, path, 'a 1\n')] })),
  ),
  ...[...BODIES, ...fuzzedBodies(60)].map((body) => ({
    name: JSON.stringify(body),
    requests: [push('PUT', '/metrics/job/j', body), push('POST', '/metrics/job/j/instance/i', body)],
  })),
  ...PAIRS.map(([first, second]) => ({
    name: `${first}then ${second}`,
    requests: [
      push('PUT', '/metrics/job/1', first),
      push('PUT', '/metrics/job/2', second),
      push('POST', '/metrics/job/1', second),
    ],
  })),
  ...['HEAD', 'PATCH', 'OPTIONS'].flatMap((method) =>
    ['/metrics', '/metrics/job/j', '/-/ready', '/api/v1/status'].map((path) => ({
      name: `${method} ${path}`,
      requests: [{ method, path }],
    })),
  ),
  { name: 'api slash', requests: [{ method: 'GET', path: '/api/v1/status/' }] },
];

const FLAGS = ['--persistence.file=', '--web.enable-admin-api'];

function recordedScenes(): readonly Scene[] {
  const recorded = readRecordedCases().filter(({ flags }) => flags.join() === FLAGS.join());
  return recorded.map(({ id, steps }) => ({
    name: id,
    requests: steps
      .filter(({ action }) => action === undefined)
      .map((step) => {
        const body = stepBody(step);
        return {
          method: step.method ?? '',
          path: step.path ?? '',
          headers: stepHeaders(step),
          ...(body !== undefined && { body }),
        };
      }),
  }));
}

/**
 * What of an answer has to be the same: not which of two that contradict each other is cited, which is up to chance
 * there.
 */
function essence({ status, text, headers }: HttpAnswer, path: string): string {
  const isList = path.startsWith('/api/v1/') && status === 200;
  const words = text
    .replace(/\{ .*\}/gs, '{…}')
    .replace(/error\(s\) occurred.*/s, 'errors')
    .replace(/^proto:.*/s, 'proto');
  const body =
    isList || path === '/metrics'
      ? ''
      : words
          .replace(/\d+ errors$/, 'errors')
          .replace(/is not a [A-Z]+/, 'is not a …')
          .replace(/collected .* collides with .*/, 'collides');
  return [status, body, headers.location ?? '', headers.allow ?? ''].join('|');
}

function linesOf({ text }: HttpAnswer): readonly string[] {
  const lines = exposedLines(text).map((line) => line.replace(/(?<=^push_\w+\{.*\} )[1-9].*$/, '<time>'));
  // The gateway shows one of two different help texts by chance.
  return lines.filter((line) => !line.startsWith('# HELP')).sort();
}

/** The real program answers 202 before it has deleted, so a scrape may come first: a difference shows in each look. */
const LOOKS = 5;

/** What a gateway answers to a scene, and what it shows then; it is empty again afterwards. */
async function observed(address: string, { requests }: Scene): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const { path, headers, ...request } of requests) {
    const length = Buffer.byteLength(request.body ?? '');
    const sent = { ...request, headers: { 'Content-Length': String(length), ...headers } };
    answers.push(essence(await httpGet(address, path, sent), path));
  }
  const scrape = await httpGet(address, '/metrics');
  await httpGet(address, '/api/v1/admin/wipe', { method: 'PUT' });
  return [...answers, String(scrape.status), ...linesOf(scrape)];
}

const peer = findPushgateway();
const isCurrent = peer !== undefined && /^1\.1[1-9]\./.test(peer.version);

t.test(
  'answers and scrapes are those of the real Pushgateway',
  { skip: isCurrent ? false : NO_PUSHGATEWAY },
  async (t) => {
    if (peer === undefined) return;
    const theirs = await startRealPushgateway(peer, FLAGS.slice(1));
    t.teardown(() => theirs.stop());
    const ours = await startTestPushgateway(FLAGS);
    t.teardown(() => ours.stop(1));
    for (const scene of [...SCENES, ...recordedScenes()]) {
      const look = async () => [await observed(theirs.address, scene), await observed(ours.address, scene)] as const;
      const { name } = scene;
      let [real, sonde] = await look();
      if (EXPECTED[name] !== undefined) {
        t.notSame(sonde, real, `${name}: ${EXPECTED[name]}`);
        continue;
      }
      for (let nth = 1; nth < LOOKS && !isDeepStrictEqual(sonde, real); nth++) [real, sonde] = await look();
      t.same(sonde, real, name);
    }
  },
);
