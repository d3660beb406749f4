import type { WebRequest } from '../../../http/exchange.js';
import { hostAsked } from '../../host-asked.js';

/** Where a service is reached from outside, as far as it knows. */
export interface ServicePlace {
  /**
   * `--web.external-url`, without a slash at the end; "" if it was not given. What is no URL of the web is passed over.
   */
  readonly externalUrl: string;
  /** "/" or a path with a slash at both ends. */
  readonly prefix: string;
  /** The host and port to name where the request does not say how it came here. */
  readonly host: string;
}

/** The URL below which the one who asks reaches the service, with a slash at the end. */
export function serviceUrl(
  request: Pick<WebRequest, 'headers' | 'socket'>,
  { externalUrl, prefix, host }: ServicePlace,
): string {
  if (/^https?:\/\//i.test(externalUrl) && URL.canParse(externalUrl)) return `${externalUrl}/`;
  const scheme = request.socket.encrypted === true ? 'https' : 'http';
  return `${scheme}://${hostAsked(request)?.text ?? host}${prefix}`;
}
