import t from 'tap';
import { startTestPushgateway } from '../helpers/services/start-pushgateway.js';

const PROTO = 'proto=io.prometheus.client.MetricFamily';
const TYPE = 'application/vnd.google.protobuf';

/** What Pushgateway 1.11 takes a body of that type for. */
const ROWS: readonly (readonly [contentType: string, format: 'text' | 'protobuf'])[] = [
  [`${TYPE}; ${PROTO}; encoding=delimited`, 'protobuf'],
  [`APPLICATION/vnd.google.protobuf;PROTO="io.prometheus.client.MetricFamily";Encoding="delimited"`, 'protobuf'],
  [`${TYPE}; ${PROTO}; encoding=delimited;`, 'protobuf'],
  [`${TYPE}; ${PROTO}; encoding=delimited; encoding=delimited`, 'protobuf'],
  [TYPE, 'text'],
  [`${TYPE}; ${PROTO}; encoding=text`, 'text'],
  [`${TYPE}; proto=x; encoding=delimited`, 'text'],
  [`${TYPE}; ${PROTO}; encoding=delimited; x`, 'text'],
  [`${TYPE}; ${PROTO}; encoding=delimited; encoding=text`, 'text'],
  [`${TYPE}; ${PROTO}; encoding=text; encoding=delimited`, 'text'],
  [`${TYPE}; ${PROTO}; encoding=delimited;;`, 'text'],
  ['garbage;;;', 'text'],
  ['', 'text'],
];

t.test('the format of a body is what its type says, and text where that says nothing that can be read', async (t) => {
  const gateway = await startTestPushgateway([]);
  t.teardown(() => gateway.stop(0));
  for (const [contentType, format] of ROWS) {
    const headers = { 'Content-Type': contentType };
    const { status } = await gateway.send('PUT', '/metrics/job/a', { headers, body: 'ct 1\n' });
    t.equal(status, format === 'text' ? 200 : 400, contentType);
  }
});
