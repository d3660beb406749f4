import { HttpError } from '../http/answers/http-reply.js';

/**
 * The most characters of a target and of a hostname that a request names. They stay: in the log, in the history, on
 * pages of a hundred rows, which a longer one would hold the event loop for. Servers take URLs of 8 to 16 KiB.
 */
const LONGEST_NAME = 16 * 1024;

/** Throws an HttpError (400) for a longer value of a parameter; `name` begins the error message. */
export function assertNameLength(name: string, value = ''): void {
  if (value.length > LONGEST_NAME) {
    throw new HttpError(400, `${name} parameter is longer than ${LONGEST_NAME} characters`);
  }
}
