import type { PageMemory } from '../../metrics/kept/page-memory.js';
import { MetricSet } from '../../metrics/metric-set.js';
import type { StreamedFamily } from '../../metrics/series-list.js';
import { metricSetPieces, writeMetricSet, type WrittenWith } from '../../metrics/write-text.js';
import { inSlices, type Steps } from '../../values/in-slices.js';
import { loopTurns } from '../../values/loop-turns.js';
import { remembered } from '../../values/remembered.js';
import type { Exchange, WebRequest, WebResponse } from '../exchange.js';
import { sendReply, sendWhole, TOO_MANY_UNREAD } from './http-reply.js';
import { gzip, gzipPieces, MOST_PACKED_IN_PLACE, prefersGzip } from './negotiate-encoding.js';
import { type ExpositionFormat, negotiateFormat } from './negotiate-format.js';
import { evenPieces, sendPieces } from './send-pieces.js';
import { TextBytes } from './text-bytes.js';
import { unreadRoom } from './unread-answers.js';
import { expositionPieces, seriesBesides, writeExposition } from './write-exposition.js';

/** Scrapers send the same few headers with every request. */
const HEADERS_REMEMBERED = 64;

/** More samples than these, which take a few milliseconds, are written piece by piece. */
const MOST_SAMPLES_AT_ONCE = 4000;
/** The same of characters in their labels and helps. */
const MOST_CHARACTERS_AT_ONCE = 128 * 1024;

const formatFor = remembered(negotiateFormat, HEADERS_REMEMBERED);
const gzipFor = remembered(prefersGzip, HEADERS_REMEMBERED);

const GZIP_HEADERS = { 'Content-Encoding': 'gzip' };

/** Metrics in one of the forms that clients may ask for. */
export interface WrittenMetrics {
  readonly format: ExpositionFormat;
  readonly body: string | Buffer | PiecedBody;
}

/** A body in the pieces that it was written in: to put tens of megabytes together takes longer than a turn. */
export interface PiecedBody {
  readonly pieces: readonly Buffer[];
  /** The bytes of all pieces. */
  readonly length: number;
}

function isPieced(body: WrittenMetrics['body']): body is PiecedBody {
  return typeof body === 'object' && 'pieces' in body;
}

/** The form in which the client wants its metrics. */
export function wantedFormat(request: WebRequest): ExpositionFormat {
  return formatFor(request.headers.accept ?? '');
}

/** Families in the form that the client wants, in the order given. They are written in turns. */
export async function writtenFor(request: WebRequest, families: readonly StreamedFamily[]): Promise<WrittenMetrics> {
  const format = wantedFormat(request);
  return { format, body: await inSlices(exposition(families, format)) };
}

function* exposition(families: readonly StreamedFamily[], format: ExpositionFormat): Steps<Buffer> {
  const pieces: Buffer[] = [];
  for (const piece of expositionPieces(families, format)) {
    pieces.push(piece);
    yield;
  }
  return Buffer.concat(pieces);
}

/** Whether a set is so long that it is written in turns. */
export function isLong(set: MetricSet): boolean {
  return hasManyRows(set) || areMany(set.added);
}

function hasManyRows(set: MetricSet): boolean {
  return set.rows.length > MOST_SAMPLES_AT_ONCE || set.labelCharacters > MOST_CHARACTERS_AT_ONCE;
}

/** Whether families have so many series, or so long labels, that they are written in turns. A bucket is a series. */
function areMany(families: readonly StreamedFamily[]): boolean {
  let series = 0;
  let characters = 0;
  for (const { help = '', samples } of families) {
    series += samples.length;
    characters += help.length;
    if (series > MOST_SAMPLES_AT_ONCE) return true;
    for (const sample of samples) {
      series += seriesBesides(sample);
      for (const { name, value } of sample.labels) characters += name.length + value.length;
      if (characters > MOST_CHARACTERS_AT_ONCE) return true;
    }
  }
  return series > MOST_SAMPLES_AT_ONCE || characters > MOST_CHARACTERS_AT_ONCE;
}

/** A metric set that is not long in the form that the client wants, written at once. */
export function setWrittenFor(request: WebRequest, set: MetricSet): WrittenMetrics {
  const format = wantedFormat(request);
  if (format.kind !== 'text') return { format, body: writeExposition(set.families(), format) };
  return { format, body: writeMetricSet(set, format.escaping) };
}

/**
 * Sends metrics that were written in `format`, packed if the client prefers that. A long body is sent and packed piece
 * by piece; resolves when it has been taken.
 */
export function sendMetrics(
  request: WebRequest,
  response: WebResponse,
  { format, body }: WrittenMetrics,
): Promise<void> | undefined {
  const { contentType } = format;
  const isPacked = wantsGzip(request);
  if (isPieced(body)) {
    if (body.length > MOST_PACKED_IN_PLACE) return sendPieced(response, body, { contentType, isPacked });
    return sendMetrics(request, response, { format, body: Buffer.concat(body.pieces, body.length) });
  }
  if (isPacked && body.length > MOST_PACKED_IN_PLACE) {
    const whole = typeof body === 'string' ? Buffer.from(body) : body;
    return sendPieced(response, { pieces: [whole], length: whole.length }, { contentType, isPacked });
  }
  if (!isPacked) return sendWhole(response, { status: 200, contentType, body });
  return sendWhole(response, { status: 200, contentType, body: gzip(body), headers: GZIP_HEADERS });
}

function sendPieced(
  response: WebResponse,
  { pieces, length }: PiecedBody,
  { contentType, isPacked }: { readonly contentType: string; readonly isPacked: boolean },
): Promise<void> | undefined {
  if (!unreadRoom.hold(response, length)) return sendWhole(response, TOO_MANY_UNREAD);
  const even = evenPieces(pieces);
  const headers = { ...(!isPacked && { 'Content-Length': length }), ...headersOf(contentType, isPacked) };
  return sendPieces(response, { headers, pieces: isPacked ? gzipPieces(even) : even });
}

/** What is sent with a set. */
export interface SentWith extends WrittenWith {
  /** Another set that follows the one of the answer before, whose names are never left out. */
  readonly own?: MetricSet;
  /** The answers before, where both sets follow theirs. */
  readonly memory?: PageMemory;
}

/**
 * Sends what has been written, and resolves when the client has taken it. It holds bytes alone: a client that reads
 * slowly, or nothing, does not keep the metrics themselves, which take several times the memory.
 */
export type Sending = () => Promise<void> | undefined;

/**
 * Writes a set with families beside it, where the client wants text, these families and those that were added to the
 * set are not long, and no name occurs twice. Otherwise it is undefined: then the whole is to be written as families,
 * which take several times the memory.
 */
export async function writeSetWith(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  set: MetricSet,
  sent: SentWith,
): Promise<Sending | undefined> {
  const format = wantedFormat(request);
  const { own, more = [], omits } = sent;
  if (format.kind !== 'text' || areMany([...set.added, ...(own?.added ?? []), ...more])) return undefined;
  if (hasManyRows(set)) {
    const written = { more: [...more, ...(own?.families() ?? [])], ...(omits && { omits }) };
    return writeLongSet({ request, response }, { set, written, format });
  }
  const bytes = pageBytes(set, sent, format);
  if (bytes === undefined) return undefined;
  const isTakenAtOnce = bytes.length <= MOST_PACKED_IN_PLACE && wantsGzip(request);
  const taken = sendMetrics(request, response, { format, body: isTakenAtOnce ? bytes : Buffer.from(bytes) });
  return () => taken;
}

/** Undefined if a name occurs twice. The bytes hold until the next page is put together. */
function pageBytes(set: MetricSet, sent: SentWith, format: ExpositionFormat): Buffer | undefined {
  const { own = NO_METRICS, more = [], omits = () => false, memory } = sent;
  const whole = (): Buffer | undefined => setBytes(set, { more: [...more, ...own.families()], omits }, format);
  if (memory === undefined || !set.isKept) return whole();
  const families = [...set.added.filter(({ name }) => !omits(name)), ...own.added, ...more]
    .filter(({ samples }) => samples.length > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return memory.write({ rows: [set.rows, own.rows], families, omits, escaping: format.escaping }, whole);
}

const NO_METRICS = new MetricSet();

/** Writes a set in turns, as a whole before any of it is sent: only then is it known whether a name occurs twice. */
async function writeLongSet(
  exchange: Pick<Exchange, 'request' | 'response'>,
  { set, written, format }: { set: MetricSet; written: WrittenWith; format: ExpositionFormat },
): Promise<Sending | undefined> {
  const pieces: Buffer[] = [];
  const texts = metricSetPieces(set, written, format.escaping);
  for (let step = texts.next(); ; step = texts.next()) {
    if (step.done === true) {
      if (!step.value) return undefined;
      break;
    }
    if (step.value !== '') pieces.push(Buffer.from(step.value));
    if (loopTurns.isOver()) await loopTurns.soon();
  }
  return sendingOf(exchange, pieces, format);
}

/** Pieces that are held until the client has taken them, if there is room for them. */
function sendingOf(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  pieces: readonly Buffer[],
  format: ExpositionFormat,
): Sending {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const hasRoom = unreadRoom.hold(response, bytes);
  return () => {
    if (hasRoom) return sendMetricPieces(request, response, { format, pieces });
    sendReply(response, TOO_MANY_UNREAD);
    return undefined;
  };
}

/** Writes families in the form that the client wants, in the order given; many of them in turns. */
export async function writeFamilies(
  exchange: Pick<Exchange, 'request' | 'response'>,
  families: readonly StreamedFamily[],
): Promise<Sending> {
  const { request, response } = exchange;
  if (areMany(families))
    return sendingOf(exchange, await writtenPieces(families, wantedFormat(request)), wantedFormat(request));
  const taken = sendFamilies({ request, response }, families);
  return () => taken;
}

async function writtenPieces(
  families: readonly StreamedFamily[],
  format: ExpositionFormat,
): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  for (const piece of expositionPieces(families, format)) {
    if (piece.length > 0) pieces.push(piece);
    if (loopTurns.isOver()) await loopTurns.soon();
  }
  return pieces;
}

/** Undefined if a name occurs twice. The bytes hold until the next text is put together. */
function setBytes(set: MetricSet, written: WrittenWith, { escaping }: ExpositionFormat): Buffer | undefined {
  const text = new TextBytes();
  const pieces = metricSetPieces(set, written, escaping);
  for (;;) {
    const { value, done } = pieces.next();
    if (done === true) return value ? text.bytes() : undefined;
    text.add(value);
  }
}

/** Sends families in the form that the client wants, in the order given. */
export function sendFamilies(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  families: readonly StreamedFamily[],
): Promise<void> | undefined {
  const format = wantedFormat(request);
  if (areMany(families))
    return sendMetricPieces(request, response, { format, pieces: expositionPieces(families, format) });
  return sendMetrics(request, response, { format, body: writeExposition(families, format) });
}

/**
 * Sends metrics that are written while they are sent, from pieces that many answers may share. Resolves when all has
 * been taken.
 */
export async function sendMetricPieces(
  request: WebRequest,
  response: WebResponse,
  { format, pieces }: { format: ExpositionFormat; pieces: Iterable<Buffer> },
): Promise<void> {
  const even = evenPieces(pieces);
  const first = even.next();
  const second = even.next();
  if (first.done === true || second.done === true) {
    return sendMetrics(request, response, { format, body: first.done === true ? '' : first.value });
  }
  const all = chain([first.value, second.value], even);
  const isPacked = wantsGzip(request);
  const headers = headersOf(format.contentType, isPacked);
  return sendPieces(response, { headers, pieces: isPacked ? gzipPieces(all) : all });
}

function wantsGzip(request: WebRequest): boolean {
  const acceptEncoding = request.headers['accept-encoding'];
  return acceptEncoding !== undefined && gzipFor(acceptEncoding);
}

function headersOf(contentType: string, isPacked: boolean): Readonly<Record<string, string>> {
  return { 'Content-Type': contentType, ...(isPacked && { 'Content-Encoding': 'gzip' }) };
}

function* chain(first: readonly Buffer[], rest: Iterable<Buffer>): Generator<Buffer> {
  yield* first;
  yield* rest;
}
