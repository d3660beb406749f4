/**
 * Removes every `character` at the end of `text`. This is linear; a pattern such as `/x+$/` is not, because it starts
 * again at each run of x.
 */
export function trimEndOf(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}

/** Removes every `character` at the start and at the end of `text`. This is linear. */
export function trimBothOf(text: string, character: string): string {
  let start = 0;
  while (start < text.length && text[start] === character) start++;
  return trimEndOf(text.slice(start), character);
}
