import type { MetricFamily } from '../../metrics/metric-family.js';
import { writeDelimitedProtobuf } from '../../metrics/protobuf/write-protobuf.js';
import { writeProtobufText } from '../../metrics/protobuf/write-prototext.js';
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
