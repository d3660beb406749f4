import { ProtobufWriter } from './protobuf-writer.js';
import { REMOTE_TYPE_NUMBERS, type RemoteMetadata, type RemoteSample, writeRemoteValue } from './remote-sample.js';

/** The content type and the version that Prometheus' remote write 2.0 demands. */
export const REMOTE_WRITE_2 = {
  'Content-Type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'X-Prometheus-Remote-Write-Version': '2.0.0',
} as const;

/**
 * An `io.prometheus.write.v2.Request` (remote write 2.0), in steps of a sample. `metadata` is by the name of the
 * family; series of unknown families have none. No start timestamp is written: its field has moved between Prometheus
 * 3.5 and later ones.
 */
export function* writeRequest2Steps(
  samples: readonly RemoteSample[],
  metadata: ReadonlyMap<string, RemoteMetadata>,
): Generator<undefined, Buffer> {
  const symbols = new Symbols();
  const series = new ProtobufWriter();
  for (const sample of samples) {
    yield;
    series.message(5, writeSeries(sample, symbols, metadata));
  }
  const out = new ProtobufWriter();
  for (const symbol of symbols.texts()) out.text(4, symbol);
  return Buffer.concat([out.bytes(), series.bytes()]);
}

/** The texts of a request, each once; the first one is empty, as the specification demands. */
class Symbols {
  readonly #places = new Map<string, number>([['', 0]]);

  placeOf(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(text, place);
    return place;
  }

  texts(): Iterable<string> {
    return this.#places.keys();
  }
}

function writeSeries(sample: RemoteSample, symbols: Symbols, metadata: ReadonlyMap<string, RemoteMetadata>): Buffer {
  const out = new ProtobufWriter();
  const references = new ProtobufWriter();
  let family: RemoteMetadata | undefined;
  for (const { name, value } of sample.labels) {
    references.varint(symbols.placeOf(name)).varint(symbols.placeOf(value));
    if (name === '__name__') family = familyOf(value, metadata);
  }
  out.message(1, references.bytes());
  writeRemoteValue(out, sample, { sample: 2, histogram: 3 });
  if (family !== undefined) out.message(5, writeMetadata(family, symbols));
  return out.bytes();
}

function writeMetadata({ type, help, unit = '' }: RemoteMetadata, symbols: Symbols): Buffer {
  const out = new ProtobufWriter().uint(1, REMOTE_TYPE_NUMBERS[type]).uint(3, symbols.placeOf(help));
  if (unit !== '') out.uint(4, symbols.placeOf(unit));
  return out.bytes();
}

const SUFFIXES = ['_bucket', '_count', '_sum'];

/**
 * The metadata of a series' family. Series of classic histograms and summaries have the family's name with a suffix.
 */
function familyOf(name: string, metadata: ReadonlyMap<string, RemoteMetadata>): RemoteMetadata | undefined {
  const known = metadata.get(name);
  const suffix = known === undefined ? SUFFIXES.find((end) => name.endsWith(end)) : undefined;
  if (suffix === undefined) return known;
  const whole = metadata.get(name.slice(0, -suffix.length));
  return whole !== undefined && WITH_SUFFIXES.has(whole.type) ? whole : undefined;
}

const WITH_SUFFIXES: ReadonlySet<string> = new Set(['histogram', 'gauge_histogram', 'summary']);
