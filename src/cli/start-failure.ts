import type { Fields } from '../probe/failure.js';
import { ListenError } from '../server/bind-server.js';

/**
 * What the log says of a service that could not start; where its place to listen cannot be had, also the flag that sets it.
 * `web` is what the service's flags begin with.
 */
export function startFailure(error: Error, web = 'web'): Fields {
  if (isOutOfFiles(error))
    return { err: error.message, hint: 'raise the limit of open files: ulimit -n, LimitNOFILE=' };
  if (!(error instanceof ListenError)) return { err: error.message };
  const flag = typeof error.place === 'string' ? 'listen-address' : 'systemd-socket';
  return { err: error.message, flag: `--${web}.${flag}` };
}

function isOutOfFiles(error: Error): boolean {
  return 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}
