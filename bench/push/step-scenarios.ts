import type { HttpGetOptions } from '../../test/helpers/services/http-get.js';

/** One thing that somebody asks of the pushgateway. */
export interface Step {
  readonly name: string;
  readonly path: string;
  readonly request?: () => HttpGetOptions;
}

/** What is stored, and what is asked then. */
export interface Scenario {
  readonly name: string;
  readonly args?: readonly string[];
  /** What is pushed first: the path below `/metrics/job/`, and the body. */
  readonly stored: () => Iterable<readonly [path: string, body: string]>;
  readonly steps: readonly Step[];
}

function* times<T>(count: number, make: (index: number) => T): Generator<T> {
  for (let index = 0; index < count; index++) yield make(index);
}

function lines(count: number, line: (index: number) => string): string {
  return [...times(count, line)].join('');
}

const GROUPS = 20_000;
const SERIES = 240_000;

const honest = (value: number): string =>
  lines(SERIES, (index) => `r{host="host-${index}",path="/a/${index % 100}",code="200"} ${index + value}\n`);
const histogram = (buckets: number): string =>
  `# TYPE h histogram\n${lines(buckets, (index) => `h_bucket{le="${index}"} ${index}\n`)}h_sum 1\nh_count ${buckets}\n`;

const text: Step = { name: 'scrape, text', path: '/metrics' };
const protobuf: Step = {
  name: 'scrape, protobuf',
  path: '/metrics',
  request: () => ({
    headers: { Accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited' },
  }),
};
const json: Step = { name: 'JSON of all', path: '/api/v1/metrics' };
const page: Step = { name: 'page', path: '/' };
const put = (name: string, path: string, body: () => string, method = 'PUT'): Step => ({
  name,
  path: `/metrics/job/${path}`,
  request: () => ({ method, body: body() }),
});
const remove = (name: string, path: string): Step => ({ name, path, request: () => ({ method: 'DELETE' }) });
const wipe: Step = { name: 'wipe', path: '/api/v1/admin/wipe', request: () => ({ method: 'PUT' }) };
const matching = (selector: string, isDryRun: boolean): string =>
  `/api/v1/groups?match[]=${encodeURIComponent(selector)}${isDryRun ? '&dry_run=1' : ''}`;

/** Everything that takes long in one piece if nobody sees to it. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: `${GROUPS} groups of 3 series`,
    stored: () =>
      times(GROUPS, (index) => [`b/instance/i${index}`, `a{x="1"} 1\nb{x="2"} ${index}\nc{x="3"} 1\n`] as const),
    steps: [
      page,
      { name: 'page, nothing found', path: '/?q=nosuchthing' },
      text,
      { ...text, name: 'scrape, text, again' },
      protobuf,
      json,
      remove('selector, dry run', matching('{instance=~"i.*(7|8)+x?"}', true)),
      remove('selector, half of them', matching('{instance=~".*[02468]"}', false)),
      wipe,
    ],
  },
  {
    name: `8 groups of ${SERIES} series`,
    stored: () => times(8, (index) => [`b/instance/i${index}`, honest(index)] as const),
    steps: [
      page,
      text,
      { ...text, name: 'scrape, text, again' },
      protobuf,
      json,
      put('PUT of one', 'b/instance/i3', () => honest(9)),
      put('POST of one, summed', 'b/instance/i4?aggregate=sum', () => honest(9), 'POST'),
      { ...text, name: 'scrape after them' },
      remove('deletion of one', '/metrics/job/b/instance/i5'),
      put('PUT of the same', 'b/instance/i5', () => honest(1)),
      wipe,
    ],
  },
  {
    name: '10 groups of 24000 names',
    stored: () =>
      times(10, (index) => [`b/instance/i${index}`, lines(24_000, (name) => `m${name} ${index}\n`)] as const),
    steps: [
      page,
      { name: 'page, nothing found', path: '/?q=nosuchthing' },
      text,
      { ...text, name: 'scrape, text, again' },
      protobuf,
      json,
      put('PUT of one name', 'c', () => 'm1 1\n'),
      put('POST of one name to 24000', 'b/instance/i1', () => 'm1 1\n', 'POST'),
      put('PUT of one', 'b/instance/i3', () => lines(24_000, (name) => `m${name} 7\n`)),
      remove('deletion of one', '/metrics/job/b/instance/i5'),
      wipe,
    ],
  },
  {
    name: `4 groups of ${SERIES} equal series, unchecked`,
    args: ['--push.disable-consistency-check'],
    stored: () => times(4, (index) => [`b/l${index}/v`, `${honest(index)}x{__l="v"} 1\n`] as const),
    steps: [text, { ...text, name: 'scrape, text, again' }, put('PUT of one', 'b/l1/v', () => honest(5)), json, wipe],
  },
  {
    name: `groups of two shapes, ${SERIES} series each`,
    stored: () => [
      ['b/instance/i1', honest(1)],
      ['b/zone/z1', honest(2)],
    ],
    steps: [
      put('PUT of one', 'b/zone/z1', () => honest(5)),
      put('PUT of one series in its place', 'b/zone/z1', () => 'r 1\n'),
      put('PUT of all again', 'b/zone/z1', () => honest(6)),
      remove('deletion of one', '/metrics/job/b/zone/z1'),
    ],
  },
  {
    name: `a histogram of ${SERIES} buckets`,
    stored: () => [['b', histogram(SERIES)]],
    steps: [
      page,
      text,
      protobuf,
      json,
      put('PUT', 'b', () => histogram(SERIES)),
      put('POST, summed', 'b?aggregate=sum', () => histogram(SERIES), 'POST'),
      { name: 'the page of it', path: `/?group=${encodeURIComponent('[["job","b"]]')}&metric=h` },
    ],
  },
];
