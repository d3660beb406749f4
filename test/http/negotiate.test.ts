import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { gzip, prefersGzip } from '../../src/http/answers/negotiate-encoding.js';
import { negotiateFormat } from '../../src/http/answers/negotiate-format.js';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8; escaping=';
const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=';
const WANTS_PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

/** What blackbox_exporter 0.28 answered. */
const formats: readonly (readonly [name: string, accept: string, contentType: string])[] = [
  ['no header', '', `${TEXT}underscores`],
  ['Prometheus 3', PROMETHEUS_3, `${TEXT}allow-utf-8`],
  ['protobuf', WANTS_PROTOBUF, `${PROTOBUF}underscores`],
  ['protobuf with escaping', `${WANTS_PROTOBUF};escaping=allow-utf-8`, `${PROTOBUF}allow-utf-8`],
  ['protobuf even at quality zero', `${WANTS_PROTOBUF};q=0`, `${PROTOBUF}underscores`],
  ['text before protobuf', `text/plain,${WANTS_PROTOBUF};q=0.5`, `${TEXT}underscores`],
  ['protobuf before text', `text/plain;q=0.5,${WANTS_PROTOBUF}`, `${PROTOBUF}underscores`],
  [
    'protobuf as text',
    WANTS_PROTOBUF.replace('delimited', 'text'),
    `${PROTOBUF.replace('delimited', 'text')}underscores`,
  ],
  [
    'protobuf as text in lines',
    `${WANTS_PROTOBUF.replace('delimited', 'compact-text')};escaping=dots`,
    `${PROTOBUF.replace('delimited', 'compact-text')}dots`,
  ],
  ['an encoding that protobuf does not have', WANTS_PROTOBUF.replace('delimited', 'foo'), `${TEXT}underscores`],
  ['protobuf without an encoding', WANTS_PROTOBUF.replace(';encoding=delimited', ''), `${TEXT}underscores`],
  ['OpenMetrics is never given', 'application/openmetrics-text', `${TEXT}underscores`],
  ['JSON is never given', 'application/json;escaping=values', `${TEXT}values`],
  ['text with escaping', 'text/plain;escaping=dots', `${TEXT}dots`],
  ['an unknown escaping', 'text/plain;escaping=foo', `${TEXT}underscores`],
  ['a hundredth item', `${'a/b,'.repeat(99)}${WANTS_PROTOBUF}`, `${PROTOBUF}underscores`],
  ['items behind it are not read', `${'a/b,'.repeat(100)}${WANTS_PROTOBUF}`, `${TEXT}underscores`],
  [
    'parameters behind the twentieth are not read',
    `${WANTS_PROTOBUF};${'a=b;'.repeat(18)}escaping=dots`,
    `${PROTOBUF}underscores`,
  ],
  [
    'what comes after the match does not count',
    'text/plain;q=0.1;escaping=dots,text/plain;q=0.5',
    `${TEXT}underscores`,
  ],
  ['wildcards come last', '*/*;escaping=dots,text/plain', `${TEXT}underscores`],
];
for (const [name, accept, contentType] of formats) {
  t.test(`format: ${name}`, async (t) => {
    const format = negotiateFormat(accept);
    t.equal(format.contentType, contentType);
    const [, encoding] = /encoding=([\w-]+)/.exec(contentType) ?? [];
    t.equal(format.kind, encoding === undefined ? 'text' : `protobuf ${encoding}`);
  });
}

/** What blackbox_exporter 0.28 answered. */
const encodings: readonly (readonly [acceptEncoding: string, isGzip: boolean])[] = [
  ['', false],
  ['gzip', true],
  ['gzip;q=0', false],
  ['gzip, identity', false],
  ['*', false],
  ['identity;q=0.5, gzip', true],
  ['identity;q=0.5, *', false],
  ['deflate, gzip;q=1.0, *;q=0.5', true],
  ['GZIP', false],
  ['zstd, gzip', true],
  ['zstd', false],
  ['gzip;q=x', false],
  ['identity;q=0', false],
  ['gzip;q=0.5,gzip;q=0', true],
];
for (const [acceptEncoding, isGzip] of encodings) {
  t.test(`encoding: "${acceptEncoding}"`, async (t) => {
    t.equal(prefersGzip(acceptEncoding), isGzip);
  });
}

t.test('what is packed can be unpacked, also beyond the window', async (t) => {
  const body = Array.from({ length: 5000 }, (_, index) => `line ${index * 7919}\n`).join('');
  t.equal(gunzipSync(gzip(body)).toString(), body);
});
