import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ESCAPING_SCHEMES } from '../../../src/metrics/escape-name.js';
import type { Label, MetricFamily, Sample } from '../../../src/metrics/metric-family.js';
import { readDelimitedProtobuf } from '../../../src/metrics/protobuf/read-protobuf.js';
import { PROTOBUF_CONTENT_TYPE, writeDelimitedProtobuf } from '../../../src/metrics/protobuf/write-protobuf.js';
import { compareBytes, sortFamilies } from '../../../src/metrics/sort-families.js';
import { writeFamilies } from '../../../src/metrics/write-text.js';
import { findPushgateway, NO_PUSHGATEWAY, REPOSITORY, startRealPushgateway } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { FULL_FAMILIES } from '../../metrics/full-families.js';

const peer = findPushgateway();
const isCurrent = peer !== undefined && Number(peer.version.split('.')[1]) >= 11;
const skip = isCurrent ? false : NO_PUSHGATEWAY;

/** What the gateway has of its own. */
const OWN = /^(?:go|process|promhttp|pushgateway|push_time|push_failure_time)_/;
const OWN_LINE = new RegExp(`^(?:# \\w+ )?${OWN.source.slice(1)}`);

/** The text as the gateway takes and stores it: without timestamps, with the labels of the group, all sorted. */
function stored(family: MetricFamily): MetricFamily {
  const group: readonly Label[] = [
    { name: 'instance', value: '' },
    { name: 'job', value: 'j' },
  ];
  const samples = family.samples.map(({ timestampMs: _timestampMs, ...sample }): Sample => {
    return { ...sample, labels: [...sample.labels, ...group].sort((a, b) => compareBytes(a.name, b.name)) };
  });
  return { ...family, samples };
}

t.test('everything that protobuf carries goes into the real Pushgateway and comes out of it', { skip }, async (t) => {
  if (peer === undefined) return;
  const service = await startRealPushgateway(peer);
  t.teardown(() => service.stop());
  const families = sortFamilies(FULL_FAMILIES.map(stored));
  const body = writeDelimitedProtobuf(families);
  const pushed = await httpGet(service.address, '/metrics/job/j', {
    method: 'PUT',
    headers: { 'content-type': PROTOBUF_CONTENT_TYPE },
    body,
  });
  t.strictSame([pushed.status, pushed.text], [200, '']);

  for (const escaping of ESCAPING_SCHEMES) {
    const headers = { accept: `text/plain; version=0.0.4; escaping=${escaping}` };
    const { text } = await httpGet(service.address, '/metrics', { headers });
    const lines = text.split('\n').filter((line) => !OWN_LINE.test(line));
    t.equal(lines.join('\n'), writeFamilies(families, escaping), `text, ${escaping}`);
  }

  const scraped = await httpGet(service.address, '/metrics', {
    headers: { accept: `${PROTOBUF_CONTENT_TYPE}; escaping=allow-utf-8` },
  });
  const read = readDelimitedProtobuf(scraped.body).filter(({ name }) => !OWN.test(name));
  // The gateway drops the unit.
  t.strictSame(
    read,
    families.map(({ unit: _unit, ...family }) => family),
  );
});

t.test('a body in snappy’s frames', { skip }, async (t) => {
  if (peer === undefined) return;
  const service = await startRealPushgateway(peer);
  t.teardown(() => service.stop());
  const whole = readFileSync(join(REPOSITORY, 'test/fixtures/repeated-line.sz'));
  const changed = Buffer.from(whole);
  changed[changed.length - 1]! ^= 1;
  const rows: readonly (readonly [body: Buffer, answer: RegExp])[] = [
    [whole, /was collected before with the same name and label values/],
    [changed, /^snappy: corrupt input\n$/],
    [whole.subarray(0, -1), /^snappy: corrupt input\n$/],
    [Buffer.concat([whole, Buffer.of(0x02, 0, 0, 0)]), /^snappy: unsupported input\n$/],
  ];
  for (const [body, answer] of rows) {
    const options = { method: 'PUT', headers: { 'content-encoding': 'snappy' }, body };
    t.match((await httpGet(service.address, '/metrics/job/j', options)).text, answer);
  }
});
