/** The number of series in a piece. */
const SERIES_A_PIECE = 256;

/** Text that comes series by series, as pieces outside of V8's heap. */
export class TextPieces {
  readonly #pieces: Buffer[] = [];
  #piece = '';
  #count = 0;

  /** Adds a text. Returns whether that completed a piece. */
  add(text: string): boolean {
    this.#piece += text;
    if (++this.#count % SERIES_A_PIECE !== 0) return false;
    this.#end();
    return true;
  }

  /** Returns the pieces that came since the last call. */
  pieces(): readonly Buffer[] {
    this.#end();
    return this.#pieces.splice(0);
  }

  #end(): void {
    if (this.#piece !== '') this.#pieces.push(Buffer.from(this.#piece));
    this.#piece = '';
  }
}
