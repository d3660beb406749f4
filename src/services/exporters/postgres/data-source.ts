import { UsageError } from '../../../flags/flag-definition.js';
import { joinHostPort } from '../../../net/host-port.js';
import type { RawTlsConfig } from '../../../values/raw-config.js';

/** A server as a connection string of libpq names it (PostgreSQL manual, Connection Strings). */
export interface DataSource {
  /** The options in the form that the prober reads. */
  readonly target: string;
  readonly username: string;
  /** The database where the target names none. */
  readonly database: string;
  readonly password: string;
  readonly tls: boolean;
  readonly tlsConfig: Partial<RawTlsConfig>;
}

const DEFAULT_PORT = '5432';
/** The options that have no effect: they tune the client's connection, which Sonde does in its own way. */
const PASSED =
  'connect_timeout application_name fallback_application_name binary_parameters statement_timeout lock_timeout ' +
  'idle_in_transaction_session_timeout client_encoding datestyle timezone extra_float_digits sslsni';
const KNOWN: ReadonlySet<string> = new Set(
  `host hostaddr port user password dbname sslmode sslrootcert sslcert sslkey ${PASSED}`.split(' '),
);

/**
 * Reads `postgresql://user:password@host:port/database?sslmode=…`, or `host=… user=…`; `given` are parameters for what
 * it does not say. Throws UsageError, without the password.
 */
export function readDataSource(text: string, given: ReadonlyMap<string, string>): DataSource {
  return dataSourceOf(/^postgres(?:ql)?:\/\//.test(text) ? fromUrl(text) : fromPairs(text), given);
}

/** Builds a data source from parameters instead of a string. Throws UsageError. */
export function dataSourceOf(
  values: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, string> = new Map(),
): DataSource {
  for (const name of values.keys()) {
    if (!KNOWN.has(name)) throw wrong(`the parameter ${JSON.stringify(name.slice(0, 40))} is not served`);
  }
  const text = (name: string): string => (values.get(name) ?? '') || (given.get(name) ?? '');
  const user = text('user');
  const username = user === '' ? 'postgres' : user;
  const files = { ca_file: text('sslrootcert'), cert_file: text('sslcert'), key_file: text('sslkey') };
  return {
    target: targetOf(
      text('hostaddr') || text('host') || 'localhost',
      text('port') || DEFAULT_PORT,
      text('dbname') || user,
    ),
    username,
    // libpq's default.
    database: text('dbname') || username,
    password: text('password'),
    ...tlsOf(text('sslmode'), files),
  };
}

/** The target in the prober's form. A host that is a path is the folder of the socket. */
function targetOf(host: string, port: string, database: string): string {
  if (host.startsWith('/')) return `${host.replace(/\/$/, '')}/.s.PGSQL.${port}`;
  return `${joinHostPort(host.replace(/^\[(.*)\]$/, '$1'), port)}${database === '' ? '' : `/${encodeURIComponent(database)}`}`;
}

/** The TLS settings of an `sslmode`. Upstream's default is `require`: TLS with any certificate. */
function tlsOf(mode: string, files: Partial<RawTlsConfig>): Pick<DataSource, 'tls' | 'tlsConfig'> {
  switch (mode) {
    case 'disable':
      return { tls: false, tlsConfig: {} };
    case '':
    case 'require':
      return { tls: true, tlsConfig: { ...files, insecure_skip_verify: files.ca_file === '' } };
    case 'verify-ca':
    case 'verify-full':
      return { tls: true, tlsConfig: files };
    default:
      throw wrong(
        `sslmode ${JSON.stringify(mode.slice(0, 40))} is not served; there are disable, require, verify-ca and verify-full`,
      );
  }
}

function fromUrl(text: string): ReadonlyMap<string, string> {
  const rest = text.slice(text.indexOf('://') + 3);
  const end = /[/?]|$/.exec(rest)?.index ?? rest.length;
  const at = rest.lastIndexOf('@', end);
  const userinfo = at < 0 ? undefined : rest.slice(0, at);
  const match = /^(\[[^\]]*\]|[^:/?]*)(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest.slice(at + 1));
  if (match === null) throw wrong('it is no URL');
  const [, host = '', port = '', path = '', query = ''] = match;
  const colon = userinfo?.indexOf(':') ?? -1;
  const user = colon < 0 ? (userinfo ?? '') : (userinfo ?? '').slice(0, colon);
  const password = colon < 0 ? '' : (userinfo ?? '').slice(colon + 1);
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) values.set(name, value);
  for (const [name, value] of [
    ['host', host],
    ['port', port],
    ['dbname', path],
    ['user', user],
    ['password', password],
  ] as const) {
    if (value !== '') values.set(name, decoded(value));
  }
  return values;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `name=value`, blanks between; a value may stand in quotes, with backslashes before what is meant as it is. */
function fromPairs(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\']|\\.)*))(?=\s|$)\s*/sy;
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text);
    if (match === null) throw wrong('it is neither an URL nor a list of name=value');
    values.set(match[1] ?? '', (match[2] ?? match[3] ?? '').replace(/\\(.)/gs, '$1'));
  }
  return values;
}

function wrong(why: string): UsageError {
  return new UsageError(`cannot read the data source: ${why}`);
}
