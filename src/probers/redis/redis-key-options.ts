import { ConfigError } from '../../values/config-error.js';
import type { RawRedis } from '../../values/raw-config.js';

/** A key, or a pattern of keys, in a database. */
export interface KeyName {
  readonly db: number;
  readonly key: string;
}

/** The choice of keys that are looked at. */
export interface KeyOptions {
  /** Patterns; those that are none stand for themselves. */
  readonly keys: readonly KeyName[];
  readonly singleKeys: readonly KeyName[];
  readonly counted: readonly KeyName[];
  readonly streams: readonly KeyName[];
  readonly singleStreams: readonly KeyName[];
  /** How many keys one SCAN goes through. */
  readonly batchSize: number;
  /** Whether texts of values are shown. */
  readonly withValues: boolean;
  readonly withConsumers: boolean;
  /** Whether keys of a master are looked at, and not only those of replicas. */
  readonly onMasters: boolean;
}

/** Whether a key has characters of a pattern, as redis_exporter sees it. */
export function isGlob(key: string): boolean {
  return /[?*[\]^]/.test(key);
}

/** The databases that a configuration can name; a server has 16 unless it is told otherwise. */
const MOST_DATABASES = 100_000;

/** Reads the keys of a module; throws ConfigError. */
export function compileKeyOptions(raw: RawRedis): KeyOptions {
  const names = (property: (keyof RawRedis & `${string}check_${string}`) | 'count_keys'): readonly KeyName[] =>
    raw[property].map((text, at) => readKeyName(text, [property, at]));
  return {
    keys: names('check_keys'),
    singleKeys: names('check_single_keys'),
    counted: names('count_keys'),
    streams: names('check_streams'),
    singleStreams: names('check_single_streams'),
    batchSize: raw.scan_count,
    withValues: raw.key_values,
    withConsumers: raw.stream_consumers,
    onMasters: raw.keys_of_masters,
  };
}

/**
 * Reads `db3=name`, or `name` in database 0; percent-encoded where it has `=` or `,` in it, as there. Throws
 * ConfigError with the path.
 */
export function readKeyName(text: string, path: readonly (string | number)[]): KeyName {
  const [first = '', second, ...more] = text.split('=').map((part) => part.trim());
  const [, db] = second === undefined ? ['', '0'] : (/^(?:db)?(\d{1,6})$/.exec(first) ?? []);
  const encoded = second ?? first;
  if (encoded === '' || db === undefined || more.length > 0) {
    throw new ConfigError('expected a key, or db0=key; `=` in it is written %3D', [...path]);
  }
  if (Number(db) > MOST_DATABASES) throw new ConfigError(`a database may be ${MOST_DATABASES} at most`, [...path]);
  try {
    return { db: Number(db), key: decodeURIComponent(encoded.replaceAll('+', ' ')) };
  } catch {
    throw new ConfigError('a key with a percent sign that encodes nothing; the sign itself is written %25', [...path]);
  }
}
