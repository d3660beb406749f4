/** The peer ended the connection before the body was complete; the text is Go's. */
export class TruncatedBody extends Error {
  override readonly name = 'TruncatedBody';

  constructor() {
    super('unexpected EOF');
  }
}
