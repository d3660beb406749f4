import {
  checkLength,
  invalidTarget,
  type ServerTarget,
  tcpTarget,
  unixTarget,
} from '../server-client/server-target.js';

/** A server, and the database of it that the target names, if it names one. */
export interface PostgresTarget {
  readonly server: ServerTarget;
  readonly database: string | undefined;
}

const DEFAULT_PORT = 5432;
const INVALID = 'Error reading the address of the PostgreSQL server';

/** The longest name that a server keeps has 63 bytes (NAMEDATALEN); clusters can be built with longer ones. */
const LONGEST_DATABASE = 255;

/**
 * Reads `host`, `host:port`, both also with `/database`, the same behind `postgres://` or `postgresql://`, and
 * `unix:///path` or `/path` of a socket. Throws the ProbeFailure invalid_target; also for an URL with credentials, which
 * would be seen by all who see targets.
 */
export function readPostgresTarget(text: string): PostgresTarget {
  checkLength(text, INVALID);
  if (text.startsWith('/')) return { server: unixTarget(text, INVALID), database: undefined };
  const [, unix] = /^unix:(?:\/\/)?(.*)$/s.exec(text) ?? [];
  if (unix !== undefined) return { server: unixTarget(unix, INVALID), database: undefined };
  const [, scheme = '', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(text) ?? [];
  if (!['', 'postgres', 'postgresql'].includes(scheme)) {
    throw invalidTarget(INVALID, `unknown scheme ${JSON.stringify(scheme.slice(0, 40))}`);
  }
  if (rest.includes('@')) throw invalidTarget(INVALID, 'credentials belong into the module, not into the target');
  if (/[?#]/.test(rest)) throw invalidTarget(INVALID, 'parameters belong into the module, not into the target');
  const slash = rest.indexOf('/');
  const [authority, path] = slash < 0 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash + 1)];
  return { server: tcpTarget(authority, DEFAULT_PORT, INVALID), database: databaseOf(path) };
}

function databaseOf(path: string): string | undefined {
  if (path === '') return undefined;
  let name: string;
  try {
    name = decodeURIComponent(path);
  } catch {
    throw invalidTarget(INVALID, 'a name of a database that is not percent-encoded as it has to be');
  }
  if (name.includes('\0')) throw invalidTarget(INVALID, 'a name cannot have a NUL in it');
  if (name.length > LONGEST_DATABASE)
    throw invalidTarget(INVALID, `the database has more than ${LONGEST_DATABASE} characters`);
  return name;
}

/**
 * The label `server` of postgres_exporter: `host:port`, an address of IPv6 without brackets, or the folder of the
 * socket in the place of the host.
 */
export function serverLabel(server: ServerTarget): string {
  if (server.kind === 'tcp') return `${server.host}:${server.port}`;
  const [, folder = server.path, port = `${DEFAULT_PORT}`] = /^(.*)\/\.s\.PGSQL\.(\d+)$/s.exec(server.path) ?? [];
  return `${folder}:${port}`;
}
