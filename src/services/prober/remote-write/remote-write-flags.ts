import { type FlagDefinition, UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import type { Label } from '../../../metrics/metric-family.js';
import type { BucketForm } from '../schedule/duration-counts.js';
import { readWriteHeaders } from './header-flags.js';
import type { GivenWrite, RemoteWriteOptions, WriteSource } from './remote-write-options.js';
import { WRITE_VERSIONS } from './write-protocol.js';

const HISTOGRAMS: readonly BucketForm[] = ['native', 'classic', 'both'];

/** The flags of remote write. */
export const REMOTE_WRITE_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'remote-write.url',
    kind: 'value',
    shown: '<url>',
    help: "Send the results of the schedule to this URL by Prometheus' remote write, such as http://prometheus:9090/api/v1/write.",
  },
  {
    name: 'remote-write.config.file',
    kind: 'value',
    shown: '<file>',
    help: "File that says where results are sent, and how, in place of such flags: one entry of Prometheus' remote_write (YAML).",
  },
  {
    name: 'remote-write.version',
    kind: 'value',
    shown: '1.0',
    words: WRITE_VERSIONS,
    help: 'Version of remote write that is sent: 1.0 or 2.0. A receiver that does not know 2.0 gets 1.0.',
  },
  {
    name: 'remote-write.histograms',
    kind: 'value',
    shown: 'native',
    words: HISTOGRAMS,
    help: 'Which buckets of histograms are sent: native, classic for receivers that do not know these, or both.',
  },
  {
    name: 'remote-write.external-label',
    kind: 'repeatable',
    shown: '<name=value>',
    help: 'A label for all series that have none of that name. May be given several times.',
  },
  {
    name: 'remote-write.queue',
    kind: 'value',
    shown: '<folder>',
    help: 'Folder in which results wait until they are taken. Needed with --remote-write.url and --remote-write.config.file.',
  },
  {
    name: 'remote-write.queue-bytes',
    kind: 'value',
    shown: '536870912',
    help: 'What the queue may take on disk; beyond that the oldest results are dropped.',
  },
  {
    name: 'remote-write.username',
    kind: 'value',
    shown: '""',
    help: 'User name for HTTP basic authentication at the receiver.',
  },
  {
    name: 'remote-write.password-file',
    kind: 'value',
    shown: '<file>',
    help: 'File with the password, read for each request.',
  },
  {
    name: 'remote-write.bearer-token-file',
    kind: 'value',
    shown: '<file>',
    help: 'File with a bearer token, read for each request.',
  },
  {
    name: 'remote-write.header',
    kind: 'repeatable',
    shown: '<name: value>',
    help: 'A further header of each request, such as `X-Scope-OrgID: team`. May be given several times.',
  },
  {
    name: 'remote-write.header-file',
    kind: 'repeatable',
    shown: '<name: file>',
    help: 'The same with its value in a file, read for each request. May be given several times.',
  },
  {
    name: 'remote-write.ca-file',
    kind: 'value',
    shown: '<file>',
    help: "Authorities (PEM) that may have signed the receiver's certificate, in place of the system's.",
  },
];

const QUEUE_BYTES = 512 * 1024 * 1024;
/** A queue that holds less would drop results as they come. */
const LEAST_QUEUE_BYTES = 1024 * 1024;

/** The flags that say where results are sent. The others have no effect without one of them. */
const SOURCES = ['remote-write.url', 'remote-write.config.file'];
const OTHERS = REMOTE_WRITE_FLAGS.map(({ name }) => name).filter((name) => !SOURCES.includes(name));

/** Reads them; undefined if none is given. Throws UsageError. */
export function readRemoteWrite(values: FlagValues): RemoteWriteOptions | undefined {
  const source = readSource(values);
  if (source === undefined) {
    values.assertNone(
      OTHERS,
      "'--remote-write.url' or '--remote-write.config.file', which says where results are sent",
    );
    return undefined;
  }
  const queue = values.text('remote-write.queue', '');
  if (queue === '') {
    const asked = source.kind === 'file' ? '--remote-write.config.file' : '--remote-write.url';
    throw new UsageError(`${asked} needs --remote-write.queue, a folder in which results wait`);
  }
  return {
    source,
    queue,
    externalLabels: values.given('remote-write.external-label').map(labelOf),
    histograms: values.choice('remote-write.histograms', 'native', { words: HISTOGRAMS, what: 'form' }),
    queueBytes: readQueueBytes(values),
  };
}

function readQueueBytes(values: FlagValues): number {
  const bytes = values.uint('remote-write.queue-bytes', QUEUE_BYTES);
  if (bytes >= LEAST_QUEUE_BYTES) return bytes;
  throw new UsageError(
    `invalid value for flag '--remote-write.queue-bytes': ${bytes} is too little for a queue; give at least ${LEAST_QUEUE_BYTES}`,
  );
}

/** Flags that say what a file says as well, and its key. */
const ALSO_KEYS: readonly (readonly [flag: string, key: string])[] = [
  ['remote-write.url', 'url'],
  ['remote-write.version', 'protobuf_message'],
  ['remote-write.username', 'basic_auth'],
  ['remote-write.password-file', 'basic_auth'],
  ['remote-write.bearer-token-file', 'authorization'],
  ['remote-write.header', 'headers'],
  ['remote-write.header-file', 'http_headers'],
  ['remote-write.ca-file', 'tls_config'],
];

function readSource(values: FlagValues): WriteSource | undefined {
  const path = values.text('remote-write.config.file', '');
  const url = values.text('remote-write.url', '');
  if (path === '') return url === '' ? undefined : { kind: 'flags', given: givenBy(values, urlOf(url)) };
  for (const [flag, key] of ALSO_KEYS) {
    if (values.given(flag).length === 0) continue;
    throw new UsageError(`--remote-write.config.file and --${flag} cannot be given together; write ${key} in the file`);
  }
  return { kind: 'file', path };
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.hash === '') return url;
  throw new UsageError(
    "invalid value for flag '--remote-write.url': write it as http://prometheus.example:9090/api/v1/write, without user and fragment",
  );
}

/** Returns the flags as keys of a file. */
function givenBy(values: FlagValues, url: URL): GivenWrite {
  const version = values.choice('remote-write.version', '1.0', { words: WRITE_VERSIONS, what: 'version' });
  const headers = readWriteHeaders(values);
  return {
    url: url.href,
    ...(version === '2.0' && { protobuf_message: 'io.prometheus.write.v2.Request' }),
    ...loginBy(values),
    http_headers: Object.fromEntries(headers),
    tls_config: { ca_file: values.text('remote-write.ca-file', '') },
    proxy_from_environment: true,
  };
}

function loginBy(values: FlagValues): GivenWrite {
  const [username, password_file, bearer_token_file] = ['username', 'password-file', 'bearer-token-file'].map((name) =>
    values.text(`remote-write.${name}`, ''),
  );
  const hasUser = username !== '' || password_file !== '';
  if (hasUser && bearer_token_file !== '')
    throw new UsageError('--remote-write.bearer-token-file and a user cannot be given together; one login is sent');
  return { bearer_token_file, ...(hasUser && { basic_auth: { username, password_file } }) };
}

/** Names as Prometheus takes them everywhere; those that begin with `__` are its own. */
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

function labelOf(text: string): Label {
  const at = text.indexOf('=');
  const [name, value] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (LABEL_NAME.test(name) && value !== '') return { name, value };
  throw new UsageError(`invalid value for flag '--remote-write.external-label': ${text} is not NAME=VALUE of a label`);
}
