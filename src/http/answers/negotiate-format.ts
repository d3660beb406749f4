import { ESCAPING_SCHEMES, type EscapingScheme } from '../../metrics/escape-name.js';
import { PROTOBUF_MEDIA_TYPE } from '../../metrics/protobuf/write-protobuf.js';
import { TEXT_CONTENT_TYPE } from '../../metrics/write-text.js';

/** The forms of protobuf, by the names that the Accept header has for them. */
const PROTOBUF_ENCODINGS = ['delimited', 'text', 'compact-text'] as const;
type ProtobufEncoding = `protobuf ${(typeof PROTOBUF_ENCODINGS)[number]}`;

/** The format in which metrics are sent. */
export interface ExpositionFormat {
  /** Protobuf as messages, as text over many lines, or as text with a line a family. */
  readonly kind: 'text' | ProtobufEncoding;
  readonly contentType: string;
  /** How label names outside the legacy character set are written. */
  readonly escaping: EscapingScheme;
}

/**
 * The most media ranges that are read of an Accept header, and the most parameters of a range. Clients send a handful
 * of each. Further ones are ignored.
 */
const MOST_RANGES = 100;
const MOST_PARAMETERS = 20;

interface MediaRange {
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Chooses the format by an Accept header ("" if there is none) as upstream does: an encoding of protobuf if it is
 * preferred to text, else text 0.0.4, even if only other formats were requested. `escaping` is the last valid one
 * before the match.
 */
export function negotiateFormat(accept: string): ExpositionFormat {
  let escaping: EscapingScheme = 'underscores';
  for (const { type, parameters } of mediaRanges(accept)) {
    const asked = parameters.get('escaping');
    escaping = ESCAPING_SCHEMES.find((scheme) => scheme === asked) ?? escaping;
    const encoding = protobufEncoding(type, parameters);
    if (encoding !== undefined) {
      const contentType = `${PROTOBUF_MEDIA_TYPE}; encoding=${encoding}; escaping=${escaping}`;
      return { kind: `protobuf ${encoding}`, contentType, escaping };
    }
    const version = parameters.get('version') ?? '';
    if (type === 'text/plain' && (version === '' || version === '0.0.4')) break;
  }
  return { kind: 'text', contentType: `${TEXT_CONTENT_TYPE}; escaping=${escaping}`, escaping };
}

function protobufEncoding(type: string, parameters: ReadonlyMap<string, string>) {
  if (type !== 'application/vnd.google.protobuf') return undefined;
  if (parameters.get('proto') !== 'io.prometheus.client.MetricFamily') return undefined;
  return PROTOBUF_ENCODINGS.find((encoding) => encoding === parameters.get('encoding'));
}

/** Best quality first, ranges with `*` after others of the same quality; an unreadable quality counts as 1. */
function mediaRanges(accept: string): MediaRange[] {
  return accept
    .split(',', MOST_RANGES)
    .map(parseMediaRange)
    .sort((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b));
}

function wildcards({ type }: MediaRange): number {
  return type.split('*').length;
}

function parseMediaRange(text: string): MediaRange {
  const [type = '', ...pairs] = text.split(';', MOST_PARAMETERS + 1).map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) parameters.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  const quality = Number(parameters.get('q') ?? 1);
  return { type, quality: Number.isNaN(quality) ? 1 : quality, parameters };
}
