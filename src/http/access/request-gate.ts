import type { WebConfig } from '../../config/web-config.js';
import { messageOf } from '../../values/as-error.js';
import type { Clock } from '../../values/clock.js';
import { loopTurns } from '../../values/loop-turns.js';
import { errorReply, sendReply } from '../answers/http-reply.js';
import type { WebHandler, WebRequest, WebResponse } from '../exchange.js';
import { readBasicAuth } from './basic-auth.js';
import type { PasswordChecks, PasswordVerdict } from './password-checks.js';
import type { RepeatedLog } from './repeated-log.js';
import { TokenBucket } from './token-bucket.js';
import type { WebConfigSource } from './web-file.js';

/** The rules by which the gate admits requests, and the log for its problems. */
export interface RequestGateOptions {
  readonly source: WebConfigSource;
  /** The rate limit at the start. It does not change with the file, as in upstream. */
  readonly rateLimit: WebConfig['rateLimit'];
  readonly passwords: PasswordChecks;
  readonly clock: Clock;
  readonly problems: RepeatedLog;
  /** The header WWW-Authenticate of a refusal. */
  readonly challenge: string;
}

/**
 * Lets requests through as the web config file says, in upstream's order (exporter-toolkit's web/handler.go): the file
 * as it is now, the rate limit, the headers, the users. One rate limit counts for all addresses of the service.
 */
export function requestGate(options: RequestGateOptions): (handler: WebHandler) => WebHandler {
  const { rateLimit, clock, challenge } = options;
  const bucket = rateLimit && new TokenBucket(rateLimit, clock);
  return (handler) => (request, response) => {
    let isGone = false;
    response.on('close', () => {
      isGone = true;
    });
    void decide(request, response, { ...options, bucket }).then((answer) => {
      if (isGone) return;
      if (answer === 'pass') handler(request, response);
      else refuse(request, response, { status: answer, challenge });
    });
  };
}

/**
 * The status with which the gate refuses a request: no valid user, rate limit exceeded, or an unusable web config file.
 */
type Refusal = 401 | 429 | 500;

const REFUSALS: Readonly<Record<Refusal, string>> = {
  401: 'Unauthorized',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};

const REFUSAL_OF: Readonly<Record<PasswordVerdict, Refusal | 'pass'>> = { right: 'pass', wrong: 401, busy: 429 };

async function decide(
  request: WebRequest,
  response: WebResponse,
  { source, bucket, passwords, problems }: RequestGateOptions & { readonly bucket: TokenBucket | undefined },
): Promise<Refusal | 'pass'> {
  const state = await source.fresh();
  // All who asked while the file was read hear of it at once.
  if (loopTurns.isOver()) await loopTurns.soon();
  if (!state.usable) {
    problems.error('Unable to parse configuration', state.problems.join('\n'));
    return 500;
  }
  if (bucket?.take() === false) return 429;
  const { headers, users } = state.config;
  // Over HTTP/2, headers of an answer that nobody waits for are an error.
  if (!response.destroyed) for (const [name, value] of headers) response.setHeader(name, value);
  if (users.size === 0) return 'pass';
  const credentials = readBasicAuth(request.headers.authorization);
  if (credentials === undefined) return 401;
  try {
    return REFUSAL_OF[await passwords.check(credentials, { users, client: request.socket.remoteAddress ?? '' })];
  } catch (error) {
    // An error lets nobody in.
    problems.error('Cannot check a password', messageOf(error));
    return 500;
  }
}

function refuse(
  request: WebRequest,
  response: WebResponse,
  { status, challenge }: { readonly status: Refusal; readonly challenge: string },
): void {
  // Left unread, a body would keep the request from ending.
  request.resume();
  if (status === 401) response.setHeader('WWW-Authenticate', challenge);
  sendReply(response, errorReply(status, REFUSALS[status]));
}
