import type { MetricFamily, Sample } from '../../metrics/metric-family.js';
import { delimitedProtobufPieces, writeDelimitedProtobuf } from '../../metrics/protobuf/write-protobuf.js';
import { protobufTextPieces, writeProtobufText } from '../../metrics/protobuf/write-prototext.js';
import { sampleWriter, writeFamilies } from '../../metrics/write-text.js';
import type { ExpositionFormat } from './negotiate-format.js';

/** Families in the form that the client wants, in the order given. */
export function writeExposition(
  families: readonly MetricFamily[],
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

/** Labels written between two moments at which others may have their turn. */
const LABELS_A_PIECE = 512;

/** What writeExposition returns, in pieces; empty ones are moments at which others may have their turn. */
export function* expositionPieces(families: readonly MetricFamily[], format: ExpositionFormat): Generator<Buffer> {
  for (const family of families) {
    if (format.kind === 'text') yield* textPieces(family, format);
    else yield* protobufPieces(family, family.samples, format);
  }
}

function* textPieces(family: MetricFamily, { escaping }: ExpositionFormat): Generator<Buffer> {
  let text = writeFamilies([{ ...family, samples: [] }], escaping);
  const write = sampleWriter(family.name, escaping);
  let work = 0;
  for (const sample of family.samples) {
    text += write(sample);
    work += 1 + sample.labels.length;
    if (work <= LABELS_A_PIECE) continue;
    yield Buffer.from(text);
    text = '';
    work = 0;
  }
  yield Buffer.from(text);
}

/** One family in a format that is not text, in pieces; empty ones are moments at which others may have their turn. */
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
