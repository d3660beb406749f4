import {
  checkLength,
  invalidTarget,
  type ServerTarget,
  tcpTarget,
  unixTarget,
} from '../server-client/server-target.js';

const DEFAULT_PORT = 3306;
const INVALID = 'Error reading the address of the MySQL server';

/**
 * Reads `host`, `host:port`, the same behind `mysql://` or `tcp://`, and `unix:///path` or `/path` of a socket. Throws
 * the ProbeFailure invalid_target; also for an URL with credentials, which would be seen by all who see targets.
 */
export function readMysqlTarget(text: string): ServerTarget {
  checkLength(text, INVALID);
  if (text.startsWith('/')) return unixTarget(text, INVALID);
  const [, unix] = /^unix:(?:\/\/)?(.*)$/s.exec(text) ?? [];
  if (unix !== undefined) return unixTarget(unix, INVALID);
  const [, scheme = '', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(text) ?? [];
  if (!['', 'mysql', 'tcp'].includes(scheme)) {
    throw invalidTarget(INVALID, `unknown scheme ${JSON.stringify(scheme.slice(0, 40))}`);
  }
  if (rest.includes('@')) throw invalidTarget(INVALID, 'credentials belong into the module, not into the target');
  if (/[/?#]/.test(rest)) throw invalidTarget(INVALID, 'a server has neither a path nor parameters here');
  return tcpTarget(rest, DEFAULT_PORT, INVALID);
}
