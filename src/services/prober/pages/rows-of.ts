import type { Html } from '../../../http/pages/html.js';
import type { Steps } from '../../../values/in-slices.js';

/** The rows of a table, made in turns with other work. */
export function* rowsOf<T>(items: readonly T[], row: (item: T) => Html): Steps<readonly Html[]> {
  const rows: Html[] = [];
  for (const item of items) {
    yield;
    rows.push(row(item));
  }
  return rows;
}
