import { httpGet } from '../../../test/helpers/http-get.js';
import type { ClientRow } from '../hostile-row.js';

/** Eight heads of 128 KiB, of which each may take the parser and the path some milliseconds, come in one turn of the loop. */
const EIGHT_HEADS_MS = 40;

/** What a head may weigh is 128 KiB, and all of it goes into the path. */
const PATHS: Readonly<Record<string, () => string>> = {
  'a path of bytes that are no UTF-8': () => `/${'%ff'.repeat(40_000)}`,
  'a path of escaped letters that is not clean, and sent back': () => `//${'%41'.repeat(4000)}`,
  'a path of ..': () => `/${'%2e%2e%2f'.repeat(14_000)}`,
  'a path of slashes': () => '/'.repeat(120_000),
};

/** Requests with a head as long as it may be. */
export const REQUESTS: readonly ClientRow[] = Object.entries(PATHS).map(([name, path]) => ({
  kind: 'client',
  service: 'prober',
  name: `request: ${name}`,
  group: 'request',
  heldMs: EIGHT_HEADS_MS,
  attack: async (address) => String((await httpGet(address, path())).status),
}));
