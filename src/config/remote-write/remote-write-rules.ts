import { ConfigError } from '../../values/config-error.js';
import { parsePrometheusDuration } from '../../values/duration.js';
import { inside } from '../rules/at-most-one.js';
import { httpClientRules, RESERVED_HEADERS } from '../rules/http-client-rules.js';
import { targetPolicyRules } from '../rules/target-policy-rules.js';
import type { RawRemoteWrite } from './raw-remote-write.js';

/** Keys of Prometheus' entry that the schema does not have, and what to do about each. */
export const NOT_HERE: ReadonlyMap<string, string> = new Map([
  ['remote_write', 'the file is one entry of that list: write its keys at the top, without `remote_write:`'],
  ['external_labels', 'labels for all series are given by --remote-write.external-label'],
  ['write_relabel_configs', 'there is no relabelling here; give targets the labels that are wanted'],
  ['queue_config', 'there is one queue, on disk: --remote-write.queue and --remote-write.queue-bytes'],
  ['metadata_config', 'metadata always goes along, there is nothing to set'],
  ['sigv4', 'signatures of AWS cannot be made here; send through a proxy that signs'],
  ['azuread', 'Azure AD by its own key is not possible here; use oauth2'],
  ['google_iam', 'Google IAM is not possible here; use oauth2 or authorization with a credentials_file'],
]);

/** Keys that have one possible value here, and why. */
const MUST_BE_OFF = {
  send_exemplars: 'results have no exemplars; leave it out',
  round_robin_dns: 'each request goes to the first address that answers; leave it out',
  enable_http2: 'requests go by HTTP/1.1; leave it out',
} as const;

const LONGEST_TIMEOUT_SECONDS = 600;

/** Applies the rules between the keys of remote write. */
export function* remoteWriteRules(raw: RawRemoteWrite): Generator<ConfigError> {
  if (raw.url !== '') yield* urlRules(raw.url);
  const seconds = parsePrometheusDuration(raw.remote_timeout) ?? 1;
  if (seconds <= 0 || seconds > LONGEST_TIMEOUT_SECONDS)
    yield new ConfigError(`it must be more than 0 and at most ${LONGEST_TIMEOUT_SECONDS}s`, ['remote_timeout']);
  for (const key of ['send_exemplars', 'round_robin_dns', 'enable_http2'] as const)
    if (raw[key]) yield new ConfigError(MUST_BE_OFF[key], [key]);
  yield* headerRules(raw);
  yield* httpClientRules(raw);
  if (raw.target_policy !== undefined) yield* inside('target_policy', targetPolicyRules(raw.target_policy));
}

/** The URL may have a secret in its path, so it is not quoted. */
function* urlRules(text: string): Generator<ConfigError> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    yield new ConfigError('this is no URL of the web; write it as https://host:port/api/v1/write', ['url']);
  else if (url.username !== '' || url.password !== '')
    yield new ConfigError('a user and password belong into basic_auth', ['url']);
  else if (url.hash !== '') yield new ConfigError('it has a fragment, which is never sent', ['url']);
}

function* headerRules({ headers, http_headers: further }: RawRemoteWrite): Generator<ConfigError> {
  for (const name of Object.keys(further)) {
    if (!HEADER_NAME.test(name)) yield new ConfigError(noHeaderName(name), ['http_headers', name]);
  }
  for (const [name, value] of Object.entries<string>(headers)) {
    const problem = headerProblem(name, value);
    if (problem !== undefined) yield new ConfigError(problem, ['headers', name]);
  }
}

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

function noHeaderName(name: string): string {
  return `${JSON.stringify(name)} is no name of a header`;
}

/** Says why a header cannot be sent with each request; undefined if it can. The message never cites the value. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!HEADER_NAME.test(name)) return noHeaderName(name);
  if (isReserved(name)) return `setting header ${JSON.stringify(name)} is not allowed`;
  if (value === '') return `the header ${name} has no value`;
  return /[^\t\x20-\x7e\x80-\uffff]/.test(value)
    ? `the header ${name} has a control character in its value`
    : undefined;
}

/** Framing, and what the protocol itself sets (remote write 2.0, "Protocol"), beside what no client option may set. */
const OF_THE_PROTOCOL: ReadonlySet<string> = new Set(['transfer-encoding', 'trailer', 'te', 'upgrade', 'expect']);

function isReserved(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED_HEADERS.has(lower) || OF_THE_PROTOCOL.has(lower);
}
