/**
 * A text of its own: V8 makes a part of a text a view of the whole, which lives as long as the part. Whatever is kept
 * of a long text from outside, a log line or a label, has to be cut by this.
 */
export function ownText(text: string): string {
  // The one encoding that keeps every text as it is, halves of surrogate pairs too.
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
