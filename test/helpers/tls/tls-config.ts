import type { RawTlsConfig } from '../../../src/values/raw-config.js';

/** A `tls_config` with the defaults of the schema. */
export function rawTlsConfig(given: Partial<RawTlsConfig> = {}): RawTlsConfig {
  return {
    ca: '',
    cert: '',
    key: '',
    ca_file: '',
    cert_file: '',
    key_file: '',
    ca_ref: '',
    cert_ref: '',
    key_ref: '',
    server_name: '',
    insecure_skip_verify: false,
    ...given,
  };
}
