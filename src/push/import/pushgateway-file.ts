import type { MetricFamily } from '../../metrics/metric-family.js';
import { ProtobufParseError } from '../../metrics/protobuf/protobuf-reader.js';
import { InconsistentFamilyError, readProtobufFamily } from '../../metrics/protobuf/read-protobuf.js';
import { goQuote } from '../../values/go/go-quote.js';
import { withGroupLabels } from '../group-labels.js';
import { keyOfLabels } from '../grouping-key.js';
import { PUSH_FAILURE_TIME, PUSH_TIME } from '../push-times.js';
import type { GroupFacts, GroupingKey, PushedFamily, PushedGroup } from '../pushed-group.js';
import { GobError } from './gob-error.js';
import { type GobValue, readGob } from './read-gob.js';

/** The file is not the one of a Pushgateway, or is damaged. The message says where. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/**
 * Reads what the original Pushgateway (1.0 and later) stores in its `--persistence.file`: in Go's gob, a map from a key
 * to the labels of a group and its families, each with the time of its push and as protobuf (storage/interface.go).
 * The push times are families there and facts here. Throws ImportError.
 */
export function readPushgatewayFile(bytes: Buffer): readonly PushedGroup[] {
  try {
    return entriesOf(readGob(bytes), 'the file').map(([, group]) => readGroup(group));
  } catch (error) {
    if (error instanceof GobError) throw new ImportError(`not what a Pushgateway stores: ${error.message}`);
    throw error;
  }
}

function readGroup(value: GobValue): PushedGroup {
  const labels = entriesOf(fieldOf(value, 'Labels'), 'the labels of a group').map(([name, text]) => ({
    name: textOf(name, 'a label'),
    value: textOf(text, 'a label'),
  }));
  if (!labels.some(({ name }) => name === 'job')) throw new ImportError('a group without the label job');
  const key = keyOfLabels(labels);
  const stored = entriesOf(fieldOf(value, 'Metrics'), nameOf(key)).map(([, family]) => readFamily(family, key));
  const families = new Map(stored.map((family) => [family.family.name, family]));
  const facts = factsOf(families);
  families.delete(PUSH_TIME);
  families.delete(PUSH_FAILURE_TIME);
  return { key, families, ...facts };
}

function readFamily(value: GobValue, key: GroupingKey): PushedFamily {
  const encoded = fieldOf(value, 'GobbableMetricFamily');
  if (!Buffer.isBuffer(encoded)) throw new ImportError(`${nameOf(key)}: a family that is no protobuf`);
  return {
    family: withGroupLabels(parse(encoded, key), key),
    pushedAtSeconds: readTime(fieldOf(value, 'Timestamp')),
  };
}

function parse(encoded: Buffer, key: GroupingKey): MetricFamily {
  try {
    return readProtobufFamily(encoded);
  } catch (error) {
    if (!(error instanceof ProtobufParseError || error instanceof InconsistentFamilyError)) throw error;
    throw new ImportError(`${nameOf(key)}: ${error.message}`);
  }
}

/** Takes the facts of a group from the push times, which upstream stores as families. */
function factsOf(families: ReadonlyMap<string, PushedFamily>): GroupFacts {
  let createdAtSeconds = Infinity;
  for (const { pushedAtSeconds } of families.values()) createdAtSeconds = Math.min(createdAtSeconds, pushedAtSeconds);
  return {
    createdAtSeconds: createdAtSeconds === Infinity ? 0 : createdAtSeconds,
    lastPushSeconds: firstValue(families.get(PUSH_TIME)),
    lastFailureSeconds: firstValue(families.get(PUSH_FAILURE_TIME)),
  };
}

/** Returns the value of the first series, or 0 if there is none. */
function firstValue(family: PushedFamily | undefined): number {
  const sample = family?.family.samples.slice(0, 1)[0];
  return sample?.kind === 'value' ? sample.value : 0;
}

/** The seconds from the first of January of year 1, from which Go counts, to the Unix epoch. */
const UNIX_EPOCH_SECONDS = 62_135_596_800;

/**
 * Returns the Unix time of a `time.Time` in seconds: after the version there are 8 bytes of seconds, 4 of nanoseconds
 * and the offset of the zone, which does not count (time.Time.MarshalBinary). A time that is absent is 0.
 */
function readTime(value: GobValue | undefined): number {
  if (value === undefined) return 0;
  if (!Buffer.isBuffer(value) || value.length < 15 || (value[0] !== 1 && value[0] !== 2)) {
    throw new ImportError('a time that is none of Go');
  }
  return Number(value.readBigInt64BE(1)) - UNIX_EPOCH_SECONDS + value.readInt32BE(9) / 1e9;
}

function entriesOf(value: GobValue | undefined, what: string): readonly (readonly [GobValue, GobValue])[] {
  // A map without entries is not stored.
  if (value === undefined) return [];
  if (typeof value === 'string' || Buffer.isBuffer(value) || value.kind !== 'map') {
    throw new ImportError(`not what a Pushgateway stores: ${what} should be a map`);
  }
  return value.entries;
}

function fieldOf(value: GobValue, name: string): GobValue | undefined {
  if (typeof value === 'string' || Buffer.isBuffer(value) || value.kind !== 'struct') {
    throw new ImportError(`not what a Pushgateway stores: no struct with the field ${name}`);
  }
  return value.fields.get(name);
}

function textOf(value: GobValue, what: string): string {
  if (typeof value !== 'string') throw new ImportError(`not what a Pushgateway stores: ${what} should be a string`);
  return value;
}

function nameOf({ labels }: GroupingKey): string {
  return `group {${labels.map(({ name, value }) => `${name}=${goQuote(value)}`).join(',')}}`;
}
