import type { WebRequest } from '../http/exchange.js';

/** A host, and its port if there is one; anything else in their place is no way to get here. */
const HOST = /^([\w.-]{1,253}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?$/;

/** Returns the host that a request names, without the port; undefined where it names none. */
export function hostAsked({
  headers,
}: Pick<WebRequest, 'headers'>): { readonly text: string; readonly name: string } | undefined {
  const asked = headers.host ?? headers[':authority'];
  if (typeof asked !== 'string') return undefined;
  const name = HOST.exec(asked)?.[1];
  return name === undefined ? undefined : { text: asked, name };
}
