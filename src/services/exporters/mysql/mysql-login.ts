import { UsageError } from '../../../flags/flag-definition.js';
import { joinHostPort } from '../../../net/host-port.js';
import type { RawTlsConfig } from '../../../values/raw-config.js';

/** The login at one server, or at several. */
export interface MysqlLogin {
  /** The address in the prober's notation; undefined if only requests name servers. */
  readonly target: string | undefined;
  readonly username: string;
  readonly password: string;
  readonly tls: boolean;
  /** Whether it goes on without TLS where the server does not speak it. */
  readonly isTlsOptional?: true;
  readonly tlsConfig: Partial<RawTlsConfig>;
  /** Whether the password may be sent as it is, where there is TLS. */
  readonly isCleartextAllowed: boolean;
}

const DEFAULT_PORT = '3306';

/**
 * Reads the keys of a section of a my.cnf, or what stands for them elsewhere. Throws UsageError for an unknown value of
 * `tls`.
 */
export function loginOf(keys: ReadonlyMap<string, string>, skipVerification: boolean): MysqlLogin {
  const text = (name: string): string => keys.get(name) ?? '';
  return {
    target: targetOf(text('socket'), text('host'), text('port')),
    username: text('user'),
    password: text('password'),
    isCleartextAllowed: isTrue(text('enable-cleartext-plugin')),
    ...tlsOf(text, skipVerification || isTrue(text('ssl-skip-verfication'))),
  };
}

function targetOf(socket: string, host: string, port: string): string | undefined {
  if (socket !== '') return socket.startsWith('/') ? socket : `unix:${socket}`;
  if (host === '') return undefined;
  return joinHostPort(host.replace(/^\[(.*)\]$/, '$1'), port === '' ? DEFAULT_PORT : port);
}

/**
 * TLS settings by the rules of mysqld_exporter 0.19 (measured): whoever skips the verification has TLS, whatever else
 * there is; a CA file takes precedence over `tls`.
 */
function tlsOf(
  text: (name: string) => string,
  skipVerification: boolean,
): Pick<MysqlLogin, 'tls' | 'isTlsOptional' | 'tlsConfig'> {
  if (skipVerification) return { tls: true, tlsConfig: { insecure_skip_verify: true } };
  const files = { ca_file: text('ssl-ca'), cert_file: text('ssl-cert'), key_file: text('ssl-key') };
  if (files.ca_file !== '') return { tls: true, tlsConfig: files };
  const tls = text('tls');
  if (tls === '' || tls === 'false') return { tls: false, tlsConfig: {} };
  if (tls === 'true') return { tls: true, tlsConfig: {} };
  if (tls === 'skip-verify') return { tls: true, tlsConfig: { insecure_skip_verify: true } };
  if (tls === 'preferred') return { tls: true, isTlsOptional: true, tlsConfig: { insecure_skip_verify: true } };
  const words = 'true, false, skip-verify and preferred';
  throw new UsageError(`tls ${JSON.stringify(tls.slice(0, 40))} is not served; there are ${words}`);
}

function isTrue(text: string): boolean {
  return ['1', 't', 'true', 'yes', 'on', 'y'].includes(text.toLowerCase());
}

/** `user:password@protocol(address)/database?parameters`, as the variable DATA_SOURCE_NAME has it. */
const SOURCE = /^(?:([^:]*?)(?::(.*))?@)?(?:(tcp|unix)?\(([^()]*)\)|(tcp|unix))?\/([^/?]*)(?:\?([^?]*))?$/s;

/**
 * Reads a data source in the form of the Go client, which mysqld_exporter took before version 0.15. Throws UsageError,
 * without the password.
 */
export function readMysqlSource(text: string): MysqlLogin {
  const match = SOURCE.exec(text);
  if (match === null) {
    throw new UsageError('cannot read the data source: it is no user:password@tcp(host:port)/, nor @unix(/path)/');
  }
  const [, user = '', password = '', protocol = 'tcp', address = '', , , query = ''] = match;
  const values = new URLSearchParams(query);
  const keys = new Map([
    ['user', user],
    ['password', password],
    ['tls', values.get('tls') ?? ''],
    ['enable-cleartext-plugin', values.get('allowCleartextPasswords') ?? ''],
  ]);
  if (protocol === 'unix') keys.set('socket', address);
  const login = loginOf(keys, false);
  return protocol === 'unix' ? login : { ...login, target: withPort(withHost(address)) };
}

/** The Go client connects to this machine where there is no host. */
function withHost(address: string): string {
  return address === '' ? '127.0.0.1' : address.replace(/^:/, 'localhost:');
}

function withPort(address: string): string {
  const hasPort = /:\d+$/.test(address) && (address.startsWith('[') || address.split(':').length === 2);
  return hasPort ? address : joinHostPort(address.replace(/^\[(.*)\]$/, '$1'), DEFAULT_PORT);
}
