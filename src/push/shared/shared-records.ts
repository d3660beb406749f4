import type { Sample } from '../../metrics/metric-family.js';
import { messageOf } from '../../values/as-error.js';
import { jsonExcess } from '../../values/json-bounds.js';
import { keyOfLabels } from '../grouping-key.js';
import type { GroupFacts, GroupingKey, PushedFamily } from '../pushed-group.js';
import { LINE_FEED, PackedSeries, packLines, readLines } from '../series/packed-series.js';
import { type StoredFamily, storedFamily } from '../series/stored-family.js';
import { FACTS_NAME, writeFacts } from '../store/group-records.js';
import { frameSteps, unframeRecord } from '../store/record-frame.js';
import { readRecordKey, recordKey } from '../store/record-key.js';
import { MOST_RECORD_BYTES } from './guarded-socket.js';
import { sampleCheck } from './sample-shape.js';
import { StoreProblem } from './shared-store.js';

/** One record of a group: its facts, or one of its families. */
export type GroupRecord = { readonly key: GroupingKey; readonly name: string } & (
  | { readonly kind: 'facts'; readonly facts: GroupFacts | undefined }
  | { readonly kind: 'family'; readonly family: StoredFamily | undefined }
);

/** Returns the key of a group's record; the name of its facts is FACTS_NAME. */
export function keyOfRecord({ id }: GroupingKey, name: string): string {
  return recordKey({ shelf: id, name });
}

/** Writes the facts of a group. */
export function* writeFactsRecord(key: string, facts: GroupFacts): Generator<undefined, Buffer> {
  return yield* frameSteps(key, { sequence: 0, payload: writeFacts(facts) });
}

/** A record is a little more than the series of its family. */
const MOST_SERIES_BYTES = MOST_RECORD_BYTES / 2;

/** Says whether a push has more series of one name than one record takes. */
export function sizeProblem({ families }: { readonly families: readonly PushedFamily[] }): string | undefined {
  const large = families.find(({ family: { samples } }) => {
    return samples instanceof PackedSeries && samples.byteLength > MOST_SERIES_BYTES;
  });
  if (large === undefined) return undefined;
  return `the series of ${large.family.name} are more than the ${MOST_SERIES_BYTES} bytes that the shared store takes of one name`;
}

/** Writes a family: a line of JSON for all but its series, then theirs. */
export function* writeFamily(key: string, { family, pushedAtSeconds }: PushedFamily): Generator<undefined, Buffer> {
  const { samples, ...rest } = family;
  const { blocks } = samples instanceof PackedSeries ? samples : yield* packLines(samples);
  const payload = Buffer.concat([Buffer.from(`${JSON.stringify({ ...rest, pushedAtSeconds })}\n`), ...blocks]);
  return yield* frameSteps(key, { sequence: 0, payload });
}

/** Reads a record that anybody may have written, in steps. Throws StoreProblem where it is none. */
export function* readRecord(recordName: string, bytes: Buffer | undefined): Generator<undefined, GroupRecord> {
  try {
    const { shelf, name } = readRecordKey(recordName);
    const key = readKey(shelf);
    const payload = bytes === undefined ? undefined : unframeRecord(recordName, bytes)?.payload;
    if (bytes !== undefined && payload === undefined) throw new Error('its checksum is wrong');
    if (name === FACTS_NAME) return { kind: 'facts', key, name, facts: payload && readFacts(payload) };
    const pushed = payload && (yield* readFamily(payload, { key, name }));
    return { kind: 'family', key, name, family: pushed && (yield* storedFamily(pushed)) };
  } catch (error) {
    const cited = JSON.stringify(recordName.slice(0, 200));
    throw new StoreProblem(`the record ${cited} in Redis cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function readKey(shelf: string): GroupingKey {
  const pairs: unknown = JSON.parse(shelf);
  if (!Array.isArray(pairs)) throw new Error('it is of no group');
  const labels = pairs.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new Error('it is of no group');
    const [name, value] = pair as readonly unknown[];
    if (typeof name !== 'string' || typeof value !== 'string') throw new Error('it is of no group');
    return { name, value };
  });
  const key = keyOfLabels(labels);
  const names = new Set(labels.map(({ name }) => name));
  if (key.id !== shelf || names.size !== labels.length || !names.has('job')) throw new Error('it is of no group');
  return key;
}

function readFacts(payload: Buffer): GroupFacts {
  const stored = objectOf(payload.toString());
  const number = (name: string): number => {
    const value = stored.get(name);
    if (typeof value !== 'number') throw new Error(`its ${name} is no number`);
    return value;
  };
  return {
    createdAtSeconds: number('createdAtSeconds'),
    lastPushSeconds: number('lastPushSeconds'),
    lastFailureSeconds: number('lastFailureSeconds'),
    ...(stored.has('expiresAtSeconds') && { expiresAtSeconds: number('expiresAtSeconds') }),
  };
}

const SERIES_A_STEP = 32;
/** Lines are some hundred kilobytes long at most, unless one series is longer. */
const USUAL_LINE_BYTES = 1024 * 1024;

function* readFamily(
  payload: Buffer,
  { key, name }: { readonly key: GroupingKey; readonly name: string },
): Generator<undefined, PushedFamily> {
  const behindHead = payload.indexOf(LINE_FEED) + 1;
  const head = objectOf(payload.toString('utf8', 0, behindHead));
  const type = head.get('type');
  const isSample = sampleCheck(type, key);
  const pushedAtSeconds = head.get('pushedAtSeconds');
  const texts = ['help', 'unit'].filter((member) => head.has(member));
  const isOdd = texts.some((member) => typeof head.get(member) !== 'string') || head.get('name') !== name;
  if (isSample === undefined || isOdd || typeof pushedAtSeconds !== 'number') throw new Error('it is no family');
  checkLongLines(payload, behindHead);
  const samples: Sample[] = [];
  for (const sample of readLines(payload, behindHead)) {
    if (!isSample(sample)) throw new Error(`series ${samples.length + 1} is none of its group and type`);
    samples.push(sample);
    if (samples.length % SERIES_A_STEP === 0) yield;
  }
  const rest = Object.fromEntries(texts.map((member) => [member, head.get(member)]));
  return { pushedAtSeconds, family: { name, type, ...rest, samples } as PushedFamily['family'] };
}

/** V8 takes forty bytes for each bracket that opens, before it sees that none is closed. */
function checkLongLines(payload: Buffer, begin: number): void {
  let from = begin;
  for (let to = payload.indexOf(LINE_FEED, from); to > 0; to = payload.indexOf(LINE_FEED, from)) {
    if (to - from > USUAL_LINE_BYTES) checkSize(payload.toString('utf8', from, to));
    from = to + 1;
  }
}

function checkSize(text: string): void {
  const excess = jsonExcess(text);
  if (excess !== undefined) throw new Error(`it has ${excess}`);
}

function objectOf(text: string): ReadonlyMap<string, unknown> {
  checkSize(text);
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('it is no object');
  return new Map(Object.entries(value));
}
