import {
  type Field,
  type Framing,
  MOST_FIELDS,
  problemOfFields,
  readFields,
  readFraming,
  staysOpen,
  valuesOf,
} from './head-fields.js';
import { BAD_REQUEST, HEAD_TOO_LARGE, type Refusal } from './refusal.js';
import { readRequestLine, type RequestLine } from './request-line.js';

/** The head of a request that can be served. */
export interface FitHead {
  /** The request in a form that leaves Node's parser nothing to interpret. */
  readonly head: string;
  readonly framing: Framing;
  /** Whether another request may follow. */
  readonly staysOpen: boolean;
}

/**
 * Fields that concern the connection alone, and are written anew for Node's parser. That parser takes
 * `Proxy-Connection` for `Connection`. `Upgrade` is dropped, since no service changes protocols.
 */
const OWN_FIELDS = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'upgrade',
  'host',
  'content-length',
  'transfer-encoding',
]);

/**
 * Reads a whole head, as Latin-1 and up to its empty line, as Go's server does; lines may end with a line feed alone.
 */
export function readHead(text: string): FitHead | Refusal {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  // The last two items are left out: the empty line, and the nothing after its line feed.
  const [first = '', ...others] = lines.slice(0, -2);
  const line = readRequestLine(first);
  if ('status' in line) return line;
  if (others.length > MOST_FIELDS) return HEAD_TOO_LARGE;
  const fields = readFields(others);
  if (fields === undefined || valuesOf(fields, 'host').length > 1) return BAD_REQUEST;
  const framing = readFraming(fields, line.minor);
  if (typeof framing === 'object') return framing;
  return problemOfFields(fields, line) ?? fit(line, fields, framing);
}

function fit(line: RequestLine, fields: readonly Field[], framing: Framing): FitHead {
  const open = staysOpen(fields, line.minor);
  const [host = ''] = valuesOf(fields, 'host');
  const hasBody = framing !== 0 || valuesOf(fields, 'content-length').length > 0;
  const all: readonly Field[] = [
    ['Host', line.authority ?? host],
    ...fields.filter(([name]) => !OWN_FIELDS.has(name.toLowerCase())),
    ...(hasBody ? [bodyField(framing)] : []),
    ['Connection', open ? 'keep-alive' : 'close'],
  ];
  const text = firstCoding(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return { head: `${line.method} ${line.target} HTTP/1.${line.minor}\r\n${text}\r\n`, framing, staysOpen: open };
}

/** Drops all Content-Encoding fields but the first, which is the one that Go reads; Node would join them. */
function firstCoding(fields: readonly Field[]): readonly Field[] {
  const isCoding = ([name]: Field): boolean => name.toLowerCase() === 'content-encoding';
  const first = fields.find(isCoding);
  return fields.filter((field) => field === first || !isCoding(field));
}

function bodyField(framing: Framing): Field {
  return framing === 'chunked' ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(framing)];
}
