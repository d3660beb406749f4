/** The most characters that are shown of a text from outside, be it in an error, a log line or on a page: upstream has no bound, and no reader needs more. */
export const LONGEST_SHOWN = 2048;

const ELLIPSIS = '…';

/** A text from outside, cut where it is too long to be shown. A text that was cut before stays as it is. */
export function shownText(text: string): string {
  if (text.length <= LONGEST_SHOWN + ELLIPSIS.length) return text;
  // A character is not cut in two.
  const last = text.charCodeAt(LONGEST_SHOWN - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? LONGEST_SHOWN - 1 : LONGEST_SHOWN;
  return text.slice(0, end) + ELLIPSIS;
}
