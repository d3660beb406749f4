import type { Secret } from '../../values/secret.js';

export interface RawProxy {
  readonly proxy_url?: string | null;
  readonly no_proxy?: string;
  readonly proxy_from_environment?: boolean;
}

export interface Proxy {
  readonly scheme: 'http' | 'https' | 'socks5';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization (`Basic …`), where the proxy's URL has userinfo. */
  readonly authorization?: Secret;
}

export interface ProxiedUrl {
  readonly scheme: 'http' | 'https';
  /** As in the URL, without brackets; a name is matched as a name, never resolved. */
  readonly host: string;
  readonly port: number;
}

export interface ProxyChooser {
  /** Whether a proxy is configured at all, for whatever URL. */
  readonly configured: boolean;
  /** The proxy for `url`; undefined where the target is to be reached directly. */
  readonly proxyFor: (url: ProxiedUrl) => Proxy | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the module's proxy keys; throws ConfigError for a URL that cannot be a proxy. */
export function compileProxy(_raw: RawProxy, _env: Environment): ProxyChooser {
  throw new Error('not built yet');
}
