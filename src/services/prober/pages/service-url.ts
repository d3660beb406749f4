import type { WebRequest } from '../../../http/exchange.js';
import { hostAsked } from '../../host-asked.js';

/** The address of a service for clients outside, if it knows one. */
export interface ServicePlace {
  /**
   * `--web.external-url`, without a slash at the end; "" if it was not given. Anything but an http or https URL is
   * ignored.
   */
  readonly externalUrl: string;
  /** "/" or a path with a slash at both ends. */
  readonly prefix: string;
  /** The host and port to name where the request does not say how it came here. */
  readonly host: string;
}

/** The URL at which the client reaches the service, with a slash at the end. */
export function serviceUrl(
  request: Pick<WebRequest, 'headers' | 'socket'>,
  { externalUrl, prefix, host }: ServicePlace,
): string {
  if (/^https?:\/\//i.test(externalUrl) && URL.canParse(externalUrl)) return `${externalUrl}/`;
  const scheme = request.socket.encrypted === true ? 'https' : 'http';
  return `${scheme}://${hostAsked(request)?.text ?? host}${prefix}`;
}
