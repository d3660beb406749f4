import { ConfigError } from '../../values/config-error.js';
import type { RawHttp } from '../../values/raw-config.js';
import { acceptsEncoding } from './accept-encoding.js';
import { httpClientRules } from './http-client-rules.js';

const HTTP3 = 'HTTP/3.0';

/** Upstream's rules between the keys of an http block (blackbox_exporter, config.HTTPProbe). */
export function* httpRules(raw: RawHttp): Generator<ConfigError> {
  yield* httpClientRules(raw);
  if (raw.body !== '' && raw.body_file !== '') {
    yield new ConfigError('setting body and body_file both are not allowed', ['body_file']);
  }
  yield* http3Rules(raw);
  const [name, encodings] = Object.entries(raw.headers).find(([key]) => key.toLowerCase() === 'accept-encoding') ?? [
    '',
    '',
  ];
  if (raw.compression !== '' && encodings !== '' && !acceptsEncoding(encodings, raw.compression)) {
    yield new ConfigError(`invalid configuration "${name}: ${encodings}", "compression: ${raw.compression}"`, [
      'compression',
    ]);
  }
}

function* http3Rules(raw: RawHttp): Generator<ConfigError> {
  const versions = raw.valid_http_versions;
  if (!raw.enable_http3) {
    const index = versions.indexOf(HTTP3);
    if (index < 0) return;
    const message = 'HTTP/3 cannot be used as a valid HTTP version when enable_http3 is false';
    yield new ConfigError(message, ['valid_http_versions', index]);
    return;
  }
  const other = versions.findIndex((version) => version === 'HTTP/1.1' || version === 'HTTP/2.0');
  if (other >= 0) {
    const message =
      'HTTP/3 and HTTP/2.0/1.1 cannot be used together - only HTTP/3.0 is allowed when enable_http3 is true';
    yield new ConfigError(message, ['valid_http_versions', other]);
  }
  if (raw.enable_http2) {
    yield new ConfigError('when enable_http3 is true, enable_http2 must be set to false', ['enable_http2']);
  }
}
