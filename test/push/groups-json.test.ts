import t from 'tap';
import type { MetricFamily } from '../../src/metrics/metric-family.js';
import { jsonText, rfc3339, writeGroupsJson } from '../../src/push/groups-json.js';
import type { PushedGroup } from '../../src/push/pushed-group.js';
import { groupKey, pushedGroup, seriesLabels } from '../helpers/push/pushed-groups.js';

const key = groupKey({ job: 'a' });
const labels = seriesLabels(key);
const LABELS = '{"instance":"","job":"a"}';
const STAMP = '"time_stamp":"2026-01-02T03:04:05.678125Z"';

const json = (groups: readonly PushedGroup[]): string => [...writeGroupsJson(groups)].join('');

/** The one family that was pushed, as the API shows it. */
function familyJson(family: MetricFamily): string {
  const text = json([pushedGroup(key, [family])]);
  const start = `{${jsonText(family.name)}:`;
  const at = text.indexOf(start);
  return text.slice(at + start.length, text.indexOf(',"labels":{"job":"a"},"last_push_successful"'));
}

/** Families whose names sort before "labels", and what the real Pushgateway 1.11 answers for them. */
const FAMILIES: readonly (readonly [name: string, family: MetricFamily, expected: string])[] = [
  [
    'a counter with HTML in its texts',
    {
      name: 'c',
      help: 'A <counter> & "more"',
      type: 'counter',
      samples: [{ kind: 'value', labels: seriesLabels(key, { l: '<b>&"x"', z: 'é\\' }), value: 7 }],
    },
    `{${STAMP},"type":"COUNTER","help":"A \\u003ccounter\\u003e \\u0026 \\"more\\"","metrics":[{"labels":{"instance":"","job":"a","l":"\\u003cb\\u003e\\u0026\\"x\\"","z":"é\\\\"},"value":"7"}]}`,
  ],
  [
    "numbers in Go's form",
    {
      name: 'g',
      help: '',
      type: 'gauge',
      samples: [8e20, NaN, -Infinity, Infinity, -0, 1e21, 123456789, 1e-7, 999999, 0.5].map((value) => ({
        kind: 'value',
        labels,
        value,
      })),
    },
    `{${STAMP},"type":"GAUGE","metrics":[${['8e+20', 'NaN', '-Inf', '+Inf', '-0', '1e+21', '1.23456789e+08', '1e-07', '999999', '0.5'].map((value) => `{"labels":${LABELS},"value":"${value}"}`).join(',')}]}`,
  ],
  ['a family without series', { name: 'e', type: 'untyped', samples: [] }, `{${STAMP},"type":"UNTYPED","metrics":[]}`],
  [
    'a summary',
    {
      name: 'k',
      type: 'summary',
      samples: [
        {
          kind: 'summary',
          labels,
          quantiles: [
            { quantile: 0.5, value: NaN },
            { quantile: 0.99, value: 1.5 },
          ],
          sum: 10,
          count: 4,
        },
      ],
    },
    `{${STAMP},"type":"SUMMARY","metrics":[{"count":"4","labels":${LABELS},"quantiles":{"0.5":"NaN","0.99":"1.5"},"sum":"10"}]}`,
  ],
  [
    'a histogram, whose bounds are sorted as texts',
    {
      name: 'h',
      type: 'histogram',
      samples: [
        {
          kind: 'histogram',
          labels,
          buckets: [
            { upperBound: 1e-5, cumulativeCount: 1 },
            { upperBound: 10, cumulativeCount: 2 },
            { upperBound: 1e6, cumulativeCount: 3_000_000 },
            { upperBound: Infinity, cumulativeCount: 3_000_000 },
          ],
          sum: 4.5,
          count: 3_000_000,
        },
      ],
    },
    `{${STAMP},"type":"HISTOGRAM","metrics":[{"buckets":{"+Inf":"3000000","10":"2","1e+06":"3000000","1e-05":"1"},"count":"3000000","labels":${LABELS},"sum":"4.5"}]}`,
  ],
  [
    'a histogram with float counts',
    {
      name: 'h',
      type: 'histogram',
      samples: [
        {
          kind: 'histogram',
          labels,
          buckets: [{ upperBound: 1, cumulativeCount: 2.5 }],
          sum: 4.5,
          count: 3e6,
          floatCounts: true,
        },
      ],
    },
    `{${STAMP},"type":"HISTOGRAM","metrics":[{"buckets":{"1":"2.5"},"count":"3e+06","labels":${LABELS},"sum":"4.5"}]}`,
  ],
  [
    'a native histogram',
    {
      name: 'h',
      type: 'histogram',
      samples: [
        {
          kind: 'histogram',
          labels,
          buckets: [],
          sum: 1,
          count: 11,
          native: {
            schema: 1,
            zeroThreshold: 0.001,
            zeroCount: 2,
            negative: { spans: [{ offset: 0, length: 2 }], counts: [1, 3] },
            positive: {
              spans: [
                { offset: -1, length: 1 },
                { offset: 1, length: 3 },
              ],
              counts: [4, 1, 0, 1],
            },
          },
        },
      ],
    },
    `{${STAMP},"type":"HISTOGRAM","metrics":[{"buckets":[[1,"-1.414213562373095","-1","3"],[1,"-1","-0.7071067811865475","1"],[3,"-0.001","0.001","2"],[0,"0.5","0.7071067811865475","4"],[0,"1","1.414213562373095","1"],[0,"2","2.82842712474619","1"]],"count":"11","labels":${LABELS},"sum":"1"}]}`,
  ],
];

for (const [name, family, expected] of FAMILIES) {
  t.test(name, async (t) => {
    t.equal(familyJson(family), expected);
    t.doesNotThrow(() => JSON.parse(json([pushedGroup(key, [family])])) as unknown);
  });
}

const pushTimes = (group: string, pushed: string, failed: string, stamps: readonly [string, string]): string =>
  `"push_failure_time_seconds":{"time_stamp":"${stamps[1]}","type":"GAUGE","help":"Last Unix time when changing this group in the Pushgateway failed.","metrics":[{"labels":${group},"value":"${failed}"}]},` +
  `"push_time_seconds":{"time_stamp":"${stamps[0]}","type":"GAUGE","help":"Last Unix time when changing this group in the Pushgateway succeeded.","metrics":[{"labels":${group},"value":"${pushed}"}]}`;

t.test('the whole answer', async (t) => {
  t.equal(json([]), '{"status":"success","data":[]}');
  const at = '2026-01-02T03:04:05.678125Z';
  const times = pushTimes(LABELS, '1.767323045678125e+09', '0', [at, at]);
  const failed = pushTimes('{"instance":"x","job":"b"}', '0', '1.767323045678125e+09', [at, at]);
  t.equal(
    json([
      pushedGroup(key, []),
      pushedGroup(groupKey({ job: 'b', instance: 'x' }), [], {
        lastPushSeconds: 0,
        lastFailureSeconds: 1_767_323_045.678125,
      }),
    ]),
    `{"status":"success","data":[{"labels":{"job":"a"},"last_push_successful":true,${times}},{"labels":{"instance":"x","job":"b"},"last_push_successful":false,${failed}}]}`,
  );
});

t.test('a family with the name of another key takes its place', async (t) => {
  const family: MetricFamily = { name: 'labels', type: 'gauge', samples: [{ kind: 'value', labels, value: 1 }] };
  // The documented shape of the API.
  const { data } = JSON.parse(json([pushedGroup(key, [family])])) as { data: Record<string, { type?: string }>[] };
  t.equal(data[0]?.['labels']?.type, 'GAUGE');
});

t.test('a large store comes in pieces', async (t) => {
  const samples = Array.from({ length: 20_000 }, (_, index) => ({
    kind: 'value' as const,
    labels: seriesLabels(key, { index: String(index) }),
    value: index,
  }));
  const pieces = [...writeGroupsJson([pushedGroup(key, [{ name: 'g', type: 'gauge', samples }])])];
  t.ok(pieces.length > 10);
  t.ok(pieces.every((piece) => piece.length < 128 * 1024));
});

t.test('texts and times', async (t) => {
  t.equal(jsonText('plain'), '"plain"');
  t.equal(jsonText('\u2028\u0001\x7f\udc80'), '"\\u2028\\u0001\x7f\ufffd"');
  t.equal(rfc3339(0), '1970-01-01T00:00:00Z');
  t.equal(rfc3339(1_767_323_045.5), '2026-01-02T03:04:05.5Z');
  t.equal(rfc3339(1_767_323_045.000001), '2026-01-02T03:04:05.000001Z');
});
