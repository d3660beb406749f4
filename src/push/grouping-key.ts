import { isLegacyName, unescapeName } from '../metrics/escape-name.js';
import type { Label } from '../metrics/metric-family.js';
import { isUtf8, textOfBytes } from '../values/byte-string.js';
import { decodeUrlBase64 } from '../values/codec/url-base64.js';
import { goQuote } from '../values/go/go-quote.js';
import type { GroupingKey } from './pushed-group.js';

/** A path does not name a group. The message is upstream's. */
export class PathProblem extends Error {
  override readonly name = 'PathProblem';
}

/**
 * The part of a path that names the group: `/job/some_job/instance/a` is the job "some_job" with the rest
 * "/instance/a".
 */
export interface GroupingPath {
  readonly job: string;
  readonly jobIsBase64: boolean;
  /** The part after the job: empty, or beginning with a slash. */
  readonly rest: string;
}

/**
 * Returns the job and what follows it, of the part of a decoded path behind `/metrics/job/` or `/metrics/job@base64/`.
 */
export function groupingPath(afterJob: string, jobIsBase64: boolean): GroupingPath {
  const slash = afterJob.indexOf('/');
  if (slash < 0) return { job: afterJob, jobIsBase64, rest: '' };
  return { job: afterJob.slice(0, slash), jobIsBase64, rest: afterJob.slice(slash) };
}

const BASE64_SUFFIX = '@base64';
/** Prometheus reserves names with this prefix. */
const RESERVED_PREFIX = '__';

/**
 * Returns the key of the group that a decoded path names, with upstream's rules in upstream's order (handler/push.go).
 * Throws PathProblem.
 */
export function groupingKeyOf(path: GroupingPath, { utf8Names }: { readonly utf8Names: boolean }): GroupingKey {
  const job = path.jobIsBase64 ? decodeJob(path.job) : path.job;
  const labels = readPairs(path.rest, utf8Names);
  if (job === '') throw new PathProblem('job name is required');
  labels.set('job', job);
  return keyOfLabels([...labels].map(([name, value]) => ({ name, value })));
}

/** Returns the key of a set of labels, in any order. */
export function keyOfLabels(labels: readonly Label[]): GroupingKey {
  const sorted = labels.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { id: JSON.stringify(sorted.map(({ name, value }) => [name, value])), labels: sorted };
}

/** If a label occurs twice, the last one counts. */
function readPairs(rest: string, utf8Names: boolean): Map<string, string> {
  const labels = new Map<string, string>();
  if (rest.length <= 1) return labels;
  const parts = rest.slice(1).split('/');
  if (parts.length % 2 !== 0) throw new PathProblem(`odd number of components in label string ${goQuote(rest)}`);
  for (let index = 0; index < parts.length; index += 2) {
    const { name, value } = readPair(parts[index] ?? '', parts[index + 1] ?? '', utf8Names);
    labels.set(name, value);
  }
  return labels;
}

function readPair(rawName: string, rawValue: string, utf8Names: boolean): Label {
  const isBase64 = rawName.endsWith(BASE64_SUFFIX);
  const written = isBase64 ? rawName.slice(0, -BASE64_SUFFIX.length) : rawName;
  const name = utf8Names ? unescapeName(written) : written;
  const isValid = utf8Names ? name !== '' && isUtf8(name) : isLegacyName(name) && !name.includes(':');
  if (!isValid || written.startsWith(RESERVED_PREFIX)) throw new PathProblem(`improper label name ${goQuote(written)}`);
  if (!isBase64) return { name, value: rawValue };
  const decoded = decodeUrlBase64(rawValue);
  if (decoded.ok) return { name, value: textOfBytes(decoded.bytes) };
  throw new PathProblem(`invalid base64 encoding for label ${written}=${goQuote(rawValue)}: ${decoded.problem}`);
}

function decodeJob(raw: string): string {
  const decoded = decodeUrlBase64(raw);
  if (decoded.ok) return textOfBytes(decoded.bytes);
  // Upstream quotes what was decoded so far, not what was sent.
  const citation = goQuote(textOfBytes(decoded.bytesBefore));
  throw new PathProblem(`invalid base64 encoding in job name ${citation}: ${decoded.problem}`);
}
