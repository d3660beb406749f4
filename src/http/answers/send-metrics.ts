import type { MetricFamily } from '../../metrics/metric-family.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { metricSetPieces, writeMetricSet, type WrittenWith } from '../../metrics/write-text.js';
import { inSlices, type Steps } from '../../values/in-slices.js';
import { remembered } from '../../values/remembered.js';
import type { Exchange, WebRequest, WebResponse } from '../exchange.js';
import { sendWhole } from './http-reply.js';
import { gzip, gzipPieces, MOST_PACKED_IN_PLACE, prefersGzip } from './negotiate-encoding.js';
import { type ExpositionFormat, negotiateFormat } from './negotiate-format.js';
import { evenPieces, sendPieces, slices } from './send-pieces.js';
import { TextBytes } from './text-bytes.js';
import { holdUnread } from './unread-answers.js';
import { expositionPieces, writeExposition } from './write-exposition.js';

/** Scrapers send the same few headers with every request. */
const HEADERS_REMEMBERED = 64;

/** More samples than these, which take a few milliseconds, are written piece by piece. */
const MOST_SAMPLES_AT_ONCE = 4000;
/** The same of characters in their labels. */
const MOST_CHARACTERS_AT_ONCE = 128 * 1024;

const formatFor = remembered(negotiateFormat, HEADERS_REMEMBERED);
const gzipFor = remembered(prefersGzip, HEADERS_REMEMBERED);

const GZIP_HEADERS = { 'Content-Encoding': 'gzip' };

/** Metrics in one of the forms that clients may ask for. */
export interface WrittenMetrics {
  readonly format: ExpositionFormat;
  readonly body: string | Buffer;
}

/** The form in which the client wants its metrics. */
export function wantedFormat(request: WebRequest): ExpositionFormat {
  return formatFor(request.headers.accept ?? '');
}

/** Families in the form that the client wants, in the order given. They are written in turns. */
export async function writtenFor(request: WebRequest, families: readonly MetricFamily[]): Promise<WrittenMetrics> {
  const format = wantedFormat(request);
  return { format, body: await inSlices(exposition(families, format)) };
}

function* exposition(families: readonly MetricFamily[], format: ExpositionFormat): Steps<Buffer> {
  const pieces: Buffer[] = [];
  for (const piece of expositionPieces(families, format)) {
    pieces.push(piece);
    yield;
  }
  return Buffer.concat(pieces);
}

/** Whether a set is so long that it is written in turns. */
export function isLong(set: MetricSet): boolean {
  return set.rows.length > MOST_SAMPLES_AT_ONCE || set.labelCharacters > MOST_CHARACTERS_AT_ONCE;
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
  if (isPacked && body.length > MOST_PACKED_IN_PLACE && holdUnread(response, body.length)) {
    return sendPieces(response, {
      headers: headersOf(contentType, true),
      pieces: gzipPieces(slices(typeof body === 'string' ? Buffer.from(body) : body)),
    });
  }
  if (!isPacked) return sendWhole(response, { status: 200, contentType, body });
  return sendWhole(response, { status: 200, contentType, body: gzip(body), headers: GZIP_HEADERS });
}

/**
 * Sends a set with families beside it, where the client wants text, the set is not long, and no name occurs twice.
 * Otherwise nothing is sent, and the answer is false: then the whole is to be sent as families.
 */
export async function sendSetWith(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  set: MetricSet,
  written: WrittenWith,
): Promise<boolean> {
  const format = wantedFormat(request);
  if (format.kind !== 'text' || isLong(set)) return false;
  const bytes = setBytes(set, written, format);
  if (bytes === undefined) return false;
  const isTakenAtOnce = bytes.length <= MOST_PACKED_IN_PLACE && wantsGzip(request);
  await sendMetrics(request, response, { format, body: isTakenAtOnce ? bytes : Buffer.from(bytes) });
  return true;
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
  families: readonly MetricFamily[],
): Promise<void> | undefined {
  const format = wantedFormat(request);
  const samples = families.reduce((sum, family) => sum + family.samples.length, 0);
  if (samples > MOST_SAMPLES_AT_ONCE)
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
