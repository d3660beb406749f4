import { ProtobufWriter } from './protobuf-writer.js';
import { REMOTE_TYPE_NUMBERS, type RemoteMetadata, type RemoteSample, writeRemoteValue } from './remote-sample.js';

/** The content type and the version that Prometheus' remote write 1.0 demands. */
export const REMOTE_WRITE_1 = {
  'Content-Type': 'application/x-protobuf',
  'X-Prometheus-Remote-Write-Version': '0.1.0',
} as const;

/** A `prometheus.WriteRequest` (remote write 1.0), in steps of a sample. */
export function* writeRequest1Steps(
  samples: readonly RemoteSample[],
  metadata: Iterable<RemoteMetadata>,
): Generator<undefined, Buffer> {
  const out = new ProtobufWriter();
  for (const sample of samples) {
    yield;
    out.message(1, writeSeries(sample));
  }
  for (const { name, type, help, unit } of metadata) {
    const told = new ProtobufWriter().uint(1, REMOTE_TYPE_NUMBERS[type]).text(2, name).text(4, help);
    if (unit !== undefined) told.text(5, unit);
    out.message(3, told.bytes());
  }
  return out.bytes();
}

function writeSeries(sample: RemoteSample): Buffer {
  const out = new ProtobufWriter();
  for (const { name, value } of sample.labels) {
    out.message(1, new ProtobufWriter().text(1, name).text(2, value).bytes());
  }
  writeRemoteValue(out, sample, { sample: 2, histogram: 4 });
  return out.bytes();
}
