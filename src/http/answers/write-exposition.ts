import type { MetricFamily, Sample } from '../../metrics/metric-family.js';
import { delimitedProtobufPieces, writeDelimitedProtobuf } from '../../metrics/protobuf/write-protobuf.js';
import { protobufTextPieces, writeProtobufText } from '../../metrics/protobuf/write-prototext.js';
import type { StreamedFamily } from '../../metrics/series-list.js';
import { sampleWriter, writeFamilies } from '../../metrics/write-text.js';
import type { ExpositionFormat } from './negotiate-format.js';

/** Families in the form that the client wants, in the order given. */
export function writeExposition(
  families: readonly StreamedFamily[],
  { kind, escaping }: ExpositionFormat,
): string | Buffer {
  switch (kind) {
    case 'text':
      return writeFamilies(families, escaping);
    case 'protobuf delimited':
      return writeDelimitedProtobuf(families, escaping);
    case 'protobuf text':
    case 'protobuf compact-text':
      return writeProtobufText(families, { isCompact: kind === 'protobuf compact-text', escaping });
  }
}

/** Labels that are written before the caller may yield to the event loop. */
const LABELS_A_PIECE = 512;
/** The same of characters. */
const CHARACTERS_A_PIECE = 64 * 1024;

/**
 * The output of writeExposition in pieces. An empty piece marks a point at which the caller may yield to the event
 * loop.
 */
export function* expositionPieces(families: readonly StreamedFamily[], format: ExpositionFormat): Generator<Buffer> {
  for (const family of families) yield* familyPieces(family, family.samples, format);
}

/**
 * One family, with `samples` in place of its own, in pieces; empty ones, and undefined samples, are moments at which
 * others may have their turn.
 */
export function* familyPieces(
  family: Omit<MetricFamily, 'samples'>,
  samples: Iterable<Sample | undefined>,
  format: ExpositionFormat,
): Generator<Buffer> {
  const head = { ...family, samples: [] };
  if (format.kind === 'text') yield* textPieces(head, samples, format);
  else yield* protobufPieces(head, samples, format);
}

function* textPieces(
  family: MetricFamily,
  samples: Iterable<Sample | undefined>,
  { escaping }: ExpositionFormat,
): Generator<Buffer> {
  let text = writeFamilies([{ ...family, samples: [] }], escaping);
  const write = sampleWriter(family.name, escaping);
  let work = 0;
  for (const sample of samples) {
    if (sample !== undefined) text += write(sample);
    work += sample === undefined ? LABELS_A_PIECE : 1 + sample.labels.length + seriesBesides(sample);
    if (work <= LABELS_A_PIECE && text.length < CHARACTERS_A_PIECE) continue;
    yield Buffer.from(text);
    text = '';
    work = 0;
  }
  yield Buffer.from(text);
}

/** One family in a format that is not text, in pieces. An empty piece marks a point at which the caller may yield. */
export function* protobufPieces(
  family: MetricFamily,
  samples: Iterable<Sample | undefined>,
  { kind, escaping }: ExpositionFormat,
): Generator<Buffer> {
  if (kind === 'protobuf delimited') yield* delimitedProtobufPieces(family, samples, escaping);
  else {
    const isCompact = kind === 'protobuf compact-text';
    for (const piece of protobufTextPieces(family, samples, { isCompact, escaping })) yield Buffer.from(piece);
  }
}

/** How many series a sample has besides one: a histogram has buckets, a summary quantiles. */
export function seriesBesides(sample: Sample): number {
  if (sample.kind === 'value') return 0;
  return sample.kind === 'summary' ? sample.quantiles.length : sample.buckets.length;
}
