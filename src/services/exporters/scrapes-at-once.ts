import { getHeapStatistics } from 'node:v8';

/** What the scrape of a server with 10,000 tables takes while it goes on, and some more, in bytes. */
const LARGE_SCRAPE_BYTES = 128 * 1024 * 1024;

/** Nobody has more collectors of the same server, each twice, as large installations of Prometheus do. */
const MOST_AT_ONCE = 8;

/**
 * How many scrapes of the same server may go on at once; others wait for their turn. Clients could otherwise fill the
 * heap, or the places that the server has for connections, with nothing but requests. The peers for Redis and NGINX
 * take one at a time.
 */
export function scrapesAtOnce(heapBytes = getHeapStatistics().heap_size_limit): number {
  return Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(heapBytes / LARGE_SCRAPE_BYTES)));
}
