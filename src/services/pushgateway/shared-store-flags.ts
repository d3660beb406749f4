import { type FlagDefinition, UsageError } from '../../flags/flag-definition.js';
import type { FlagValues } from '../../flags/flag-values.js';
import type { StoreTlsFiles } from '../../push/shared/redis-link.js';
import { parseStoreUrl, type StoreUrl, StoreUrlProblem } from '../../push/shared/store-url.js';
import type { PushgatewayOptions } from './push-options.js';

const WAIT = 'push.store-wait-replicas';

/** The flags of a store that several pushgateways share. */
export const SHARED_STORE_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'push.store',
    kind: 'value',
    shown: '""',
    envar: 'SONDE_PUSH_STORE',
    help: 'Redis or Valkey that several pushgateways keep what is pushed in: redis://user@host:6379, rediss:// for TLS.',
  },
  {
    name: 'push.store-password-file',
    kind: 'value',
    shown: '""',
    help: 'File with the password of the user of --push.store. It is read again for every connection.',
  },
  {
    name: 'push.store-ca-file',
    kind: 'value',
    shown: '""',
    help: 'File with the certificates, in PEM, that the one of --push.store has to go back to. If empty, those of Node.js.',
  },
  {
    name: 'push.store-cert-file',
    kind: 'value',
    shown: '""',
    help: 'File with the client certificate, in PEM, for --push.store. It is read again for every connection.',
  },
  {
    name: 'push.store-key-file',
    kind: 'value',
    shown: '""',
    help: 'File with the key, in PEM, of --push.store-cert-file.',
  },
  {
    name: WAIT,
    kind: 'value',
    shown: '0',
    help: 'Answer a push when so many replicas of --push.store have it.',
  },
];

/** Flags that have no effect without `--push.store`. */
const DEPENDENT_FLAGS = SHARED_STORE_FLAGS.map(({ name }) => name).filter((name) => name !== 'push.store');

/** Reads them; nothing if none is given. Throws UsageError. */
export function readSharedStore(values: FlagValues): Pick<PushgatewayOptions, 'sharedStore'> {
  const text = values.text('push.store', '');
  const waitReplicas = values.uint(WAIT, 0);
  const passwordFile = values.text('push.store-password-file', '');
  if (text === '') {
    // No replica is the default, and does no harm.
    const flags = waitReplicas > 0 ? DEPENDENT_FLAGS : DEPENDENT_FLAGS.filter((name) => name !== WAIT);
    values.assertNone(flags, "'--push.store'");
    return {};
  }
  const url = readUrl(text);
  if (values.text('persistence.file', '') !== '') {
    throw new UsageError(
      "give one of the flags '--push.store' and '--persistence.file': what is pushed is kept in one place",
    );
  }
  if (passwordFile !== '' && url.password !== undefined) {
    throw new UsageError("flag '--push.store-password-file' and a password in '--push.store' exclude each other");
  }
  if (waitReplicas > 0 && url.isCluster) {
    throw new UsageError(
      "flag '--push.store-wait-replicas' cannot be used with a cluster: set min-replicas-to-write there",
    );
  }
  return { sharedStore: { url, waitReplicas, passwordFile, tls: readTlsFiles(values, url) } };
}

function readTlsFiles(values: FlagValues, { isTls }: StoreUrl): StoreTlsFiles {
  const [ca, cert, key] = ['ca', 'cert', 'key'].map((what) => values.text(`push.store-${what}-file`, ''));
  const files = { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
  for (const [what, file] of Object.entries(files))
    if (file !== '' && !isTls)
      throw new UsageError(`flag '--push.store-${what}-file' is for rediss:// in '--push.store'`);
  if ((files.cert === '') !== (files.key === ''))
    throw new UsageError("flags '--push.store-cert-file' and '--push.store-key-file' stand together");
  return files;
}

function readUrl(text: string): StoreUrl {
  try {
    return parseStoreUrl(text);
  } catch (error) {
    if (!(error instanceof StoreUrlProblem)) throw error;
    throw new UsageError(`invalid value for flag '--push.store': ${error.message}`);
  }
}
