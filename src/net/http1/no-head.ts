/** The peer ended the connection without an answer; the text is Go's. */
export class NoResponse extends Error {
  override readonly name = 'NoResponse';

  constructor() {
    super('EOF');
  }
}

/** The answer's head is larger than what Sonde holds. */
export class HeadTooLarge extends Error {
  override readonly name = 'HeadTooLarge';

  constructor(limit: number, unit = 'bytes') {
    super(`net/http: server response headers exceeded ${limit} ${unit}; aborted`);
  }
}
