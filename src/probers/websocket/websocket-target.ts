import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';

/** The parts of a websocket URL. */
export interface WebsocketTarget {
  readonly url: URL;
  readonly secure: boolean;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Parses a target as a URL of any kind; throws a ProbeFailure. */
export function parseUrl(target: string): URL {
  try {
    const url = new URL(target);
    // A fragment is never sent.
    url.hash = '';
    return url;
  } catch (error) {
    throw new ProbeFailure('setup', 'invalid_target', 'Could not parse target URL', { err: textOf(error) });
  }
}

/** Checks that a URL is one of a websocket; throws a ProbeFailure. */
export function readTarget(url: URL): WebsocketTarget {
  const secure = url.protocol === 'wss:';
  if ((!secure && url.protocol !== 'ws:') || url.username !== '' || url.password !== '') {
    throw new ProbeFailure('setup', 'invalid_target', 'Error dialing websocket', { err: 'malformed ws or wss URL' });
  }
  return {
    url,
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
  };
}
