/**
 * A copy of a text. In V8 a part of a text is a view that keeps the whole alive. Parts of long texts from outside that
 * are kept, such as a log line or a label, must be copied by this.
 */
export function ownText(text: string): string {
  // The one encoding that keeps every text as it is, halves of surrogate pairs too.
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
