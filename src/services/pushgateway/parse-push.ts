import { HttpError } from '../../http/answers/http-reply.js';
import { ParseLimitError, type ParseLimits } from '../../metrics/parse-limits.js';
import { ProtobufParseError } from '../../metrics/protobuf/protobuf-reader.js';
import { InconsistentFamilyError, readDelimitedProtobufInPlace } from '../../metrics/protobuf/read-protobuf.js';
import type { HeldFamily } from '../../metrics/series-list.js';
import { parseTextInPlace } from '../../metrics/text/parse-text.js';
import { TextParseError } from '../../metrics/text/text-parse-error.js';
import { inSlices } from '../../values/in-slices.js';

/**
 * The content of a body, which keeps the body as long as it needs it. `disorder` is set if its metrics contradict
 * themselves, so that the group gets a failed push.
 */
export interface ParsedPush {
  readonly families: readonly HeldFamily[];
  readonly disorder?: string;
}

interface PushFormat {
  readonly contentType: string | undefined;
  readonly utf8Names: boolean;
  readonly limits: ParseLimits;
}

/**
 * The metrics of a body, read in turns with other work, in the format that its Content-Type names: delimited protobuf,
 * or else text, whatever the header says (as upstream has it). Throws HttpError 400 in upstream's words, or 413 where
 * it holds more than is allowed.
 */
export async function parsePush(body: Buffer, format: PushFormat): Promise<ParsedPush> {
  try {
    return { families: await inSlices(familySteps(body, format)) };
  } catch (error) {
    if (error instanceof InconsistentFamilyError) return { families: [], disorder: error.message };
    if (error instanceof ParseLimitError) throw new HttpError(413, error.message);
    if (error instanceof TextParseError || error instanceof ProtobufParseError) throw new HttpError(400, error.message);
    throw error;
  }
}

function familySteps(
  body: Buffer,
  { contentType, utf8Names, limits }: PushFormat,
): Generator<undefined, readonly HeldFamily[]> {
  if (contentType !== undefined && isDelimitedProtobuf(contentType)) {
    return readDelimitedProtobufInPlace(body, { limits });
  }
  return parseTextInPlace(body, { names: utf8Names ? 'utf-8' : 'legacy', limits });
}

const PARAMETER = /;\s*([^\s=;]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)\s*/y;

function isDelimitedProtobuf(contentType: string): boolean {
  const type = /^\s*([^\s;]+)\s*/.exec(contentType);
  if (type?.[1]?.toLowerCase() !== 'application/vnd.google.protobuf') return false;
  const parameters = parametersOf(contentType, type[0].length);
  return parameters?.get('encoding') === 'delimited' && parameters.get('proto') === 'io.prometheus.client.MetricFamily';
}

/** The parameters of a media type from there on; undefined where Go's `mime.ParseMediaType` refuses them. */
function parametersOf(contentType: string, begin: number): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let at = begin;
  for (;;) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(contentType);
    if (match === null) break;
    const [whole, written = '', quoted = ''] = match;
    const name = written.toLowerCase();
    const value = quoted.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/gs, '$1');
    if (parameters.has(name) && parameters.get(name) !== value) return undefined;
    parameters.set(name, value);
    at += whole.length;
  }
  const rest = contentType.slice(at).trim();
  return rest === '' || rest === ';' ? parameters : undefined;
}
