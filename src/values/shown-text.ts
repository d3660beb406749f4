import { ownText } from './own-text.js';

/**
 * The most characters of a text from outside that errors, log lines and pages show. Upstream has no limit, but no
 * reader needs more.
 */
export const LONGEST_SHOWN = 2048;

const ELLIPSIS = '…';

/** Shortens a text from outside that is too long to be shown. A text that was shortened before stays as it is. */
export function shownText(text: string): string {
  if (text.length <= LONGEST_SHOWN + ELLIPSIS.length) return text;
  // A surrogate pair is not split.
  const last = text.charCodeAt(LONGEST_SHOWN - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? LONGEST_SHOWN - 1 : LONGEST_SHOWN;
  return ownText(text.slice(0, end)) + ELLIPSIS;
}
