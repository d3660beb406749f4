/** The link to the page of a module, from a page that is `up` below the service's prefix. */
export function moduleHref(name: string, up: string): string {
  // Halves of surrogate pairs, which no URL can hold, become the replacement character.
  return `${up}modules/${encodeURIComponent(Buffer.from(name).toString())}`;
}
