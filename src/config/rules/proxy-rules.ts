import { ConfigError } from '../../values/config-error.js';
import type { RawHttpClient } from '../../values/raw-config.js';

type RawProxy = Pick<RawHttpClient, 'proxy_url' | 'no_proxy' | 'proxy_from_environment' | 'proxy_connect_header'>;

/** Upstream's rules between the proxy keys (prometheus/common, config.ProxyConfig.Validate). */
export function* proxyRules(raw: RawProxy): Generator<ConfigError> {
  const hasUrl = raw.proxy_url !== undefined && raw.proxy_url !== '';
  if (Object.keys(raw.proxy_connect_header).length > 0 && !raw.proxy_from_environment && !hasUrl) {
    const message =
      'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured';
    yield new ConfigError(message, ['proxy_connect_header']);
  }
  if (raw.proxy_from_environment && hasUrl) {
    yield new ConfigError('if proxy_from_environment is configured, proxy_url must not be configured', ['proxy_url']);
  }
  if (raw.proxy_from_environment && raw.no_proxy !== '') {
    yield new ConfigError('if proxy_from_environment is configured, no_proxy must not be configured', ['no_proxy']);
  }
  // An empty proxy_url is accepted here, because templates write one where there is no proxy.
  if (!raw.proxy_from_environment && raw.proxy_url === undefined && raw.no_proxy !== '') {
    yield new ConfigError('if no_proxy is configured, proxy_url must also be configured', ['no_proxy']);
  }
}
