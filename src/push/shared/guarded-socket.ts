import type { Socket } from 'node:net';
import { asError } from '../../values/as-error.js';
import { ReplyGuard } from './reply-guard.js';

/** The largest record that is kept or read, in bytes. */
export const MOST_RECORD_BYTES = 128 * 1024 * 1024;

/** A script's reply has some megabytes of records, or one large one. */
const SCRIPT_REPLY_BYTES = MOST_RECORD_BYTES + 16 * 1024 * 1024;
/** Others are much smaller; the slots of a cluster are the longest. */
const REPLY_BYTES = 4 * 1024 * 1024;
/** A command as the library writes it: the number of its parts, and the first of them. */
const IS_SCRIPT = /^\*\d{1,9}\r\n\$\d{1,9}\r\nEVAL/;
const COMMAND_BEGIN = 40;

const REPLY_LIMITS = {
  lineBytes: 64 * 1024,
  values: 100_000,
  depth: 6,
} as const;

/**
 * Lets the guard check every chunk first, and destroys the socket if the guard refuses one. The library writes each
 * command in one go.
 */
export function guarded<S extends Socket>(socket: S): S {
  const guard = new ReplyGuard(REPLY_LIMITS);
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]): boolean => {
    const [command] = args;
    const begin = Buffer.isBuffer(command) ? command.toString('latin1', 0, COMMAND_BEGIN) : String(command);
    guard.expect(IS_SCRIPT.test(begin) ? SCRIPT_REPLY_BYTES : REPLY_BYTES);
    return write(...args);
  };
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...args: unknown[]) => boolean;
  socket.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event === 'data' && Buffer.isBuffer(args[0])) {
      try {
        guard.take(args[0]);
      } catch (error) {
        socket.destroy(asError(error));
        return true;
      }
    }
    return emit(event, ...args);
  };
  return socket;
}
