import type { MetricFamily, Sample } from '../../metrics/metric-family.js';
import { delimitedProtobufPieces, writeDelimitedProtobuf } from '../../metrics/protobuf/write-protobuf.js';
import { protobufTextPieces, writeProtobufText } from '../../metrics/protobuf/write-prototext.js';
import { writeFamilies } from '../../metrics/write-text.js';
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
