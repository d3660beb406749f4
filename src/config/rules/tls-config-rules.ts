import { ConfigError } from '../../values/config-error.js';
import type { RawTlsConfig } from '../../values/raw-config.js';
import { atMostOne, setKeys } from './at-most-one.js';

const CA = ['ca', 'ca_file', 'ca_ref'] as const;
const CERT = ['cert', 'cert_file', 'cert_ref'] as const;
const KEY = ['key', 'key_file', 'key_ref'] as const;

/** Upstream's rules between the keys of tls_config (prometheus/common, config.TLSConfig.Validate). */
export function* tlsConfigRules(tls: RawTlsConfig): Generator<ConfigError> {
  yield* atMostOne(tls, CA, 'at most one of ca, ca_file & ca_ref must be configured');
  yield* atMostOne(tls, CERT, 'at most one of cert, cert_file & cert_ref must be configured');
  yield* atMostOne(tls, KEY, 'at most one of key and key_file must be configured');
  const [cert] = setKeys(tls, CERT);
  const [key] = setKeys(tls, KEY);
  if (cert !== undefined && key === undefined) {
    yield new ConfigError('exactly one of key or key_file must be configured when a client certificate is configured', [
      cert,
    ]);
  }
  if (key !== undefined && cert === undefined) {
    yield new ConfigError('exactly one of cert or cert_file must be configured when a client key is configured', [key]);
  }
}
