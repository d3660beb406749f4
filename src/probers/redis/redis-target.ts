import {
  checkLength,
  invalidTarget,
  type ServerTarget,
  tcpTarget,
  unixTarget,
} from '../server-client/server-target.js';

/** A server, and whether its target asks for TLS. */
export interface RedisTarget {
  readonly server: ServerTarget;
  readonly secure: boolean;
}

const DEFAULT_PORT = 6379;
const INVALID = 'Error reading the address of the Redis server';

/**
 * Reads `host`, `host:port`, `redis://host:port`, `rediss://…` (TLS), the same with `valkey`, and `unix:///path` or
 * `/path`. The number of a database, a query and a fragment are passed over, as redis_exporter does. Throws the
 * ProbeFailure invalid_target; also for a URL with credentials, which would be seen by all who see targets.
 */
export function readRedisTarget(text: string): RedisTarget {
  checkLength(text, INVALID);
  if (text.startsWith('/')) return { server: unixTarget(text, INVALID), secure: false };
  const [, unix] = /^unix:(?:\/\/)?(.*)$/s.exec(text) ?? [];
  if (unix !== undefined) return { server: unixTarget(unix, INVALID), secure: false };
  const [, scheme = '', authority = '', path = ''] = /^(?:([a-z]+):\/\/)?([^/?#]*)([^?#]*)/s.exec(text) ?? [];
  // Wherever it stands: a password may have any character in it.
  if (text.includes('@')) throw invalidTarget(INVALID, 'credentials belong into the module, not into the target');
  if (!['', 'redis', 'rediss', 'valkey', 'valkeys'].includes(scheme)) {
    throw invalidTarget(INVALID, `unknown scheme ${JSON.stringify(scheme.slice(0, 40))}`);
  }
  if (!/^(?:\/\d*)?$/.test(path)) throw invalidTarget(INVALID, 'a path in the target that is no number of a database');
  return { server: tcpTarget(authority, DEFAULT_PORT, INVALID), secure: scheme.endsWith('s') && scheme.length > 5 };
}
