import type { WebRequest } from '../../../http/exchange.js';

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

/** Host and port; anything else in their place is no way to get here. */
const HOST = /^(?:[\w.-]{1,253}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?$/;

/** The URL below which the one who asks reaches the service, with a slash at the end. */
export function serviceUrl(
  { headers, socket }: Pick<WebRequest, 'headers' | 'socket'>,
  { externalUrl, prefix, host }: ServicePlace,
): string {
  if (/^https?:\/\//i.test(externalUrl) && URL.canParse(externalUrl)) return `${externalUrl}/`;
  const asked = headers.host ?? headers[':authority'];
  const scheme = socket.encrypted === true ? 'https' : 'http';
  return `${scheme}://${typeof asked === 'string' && HOST.test(asked) ? asked : host}${prefix}`;
}
