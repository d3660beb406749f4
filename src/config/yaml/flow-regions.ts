/** A bracket, brace or quote that has been opened and not closed yet. */
export interface OpenMark {
  readonly mark: '[' | '{' | '"' | "'";
  readonly offset: number;
}

/** A part of a text, from `start` up to but not including `end`, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** The parts of a YAML text that brackets, braces and quotes enclose. */
export interface FlowRegions {
  /** The outermost collections and quoted texts that are closed, in their order, with their marks. */
  readonly closed: readonly TextRange[];
  /** The comments within them, without the line break. */
  readonly comments: readonly TextRange[];
  /**
   * The marks that are still open at the end, the outermost first. A quote comes last, because nothing opens within it.
   */
  readonly open: readonly OpenMark[];
}

/**
 * Finds what brackets, braces and quotes enclose in `source` up to `end`. It knows comments, plain texts and block
 * texts by their position, in one pass; a plain text that goes on in a line that begins with a mark is misread.
 */
export function flowRegions(source: string, end: number = source.length): FlowRegions {
  return new RegionScanner(source, end).scan();
}

const BLANK = /[ \t\r\n]/;
const OPENING = /["'[{]/;

class RegionScanner {
  readonly #source: string;
  readonly #end: number;
  readonly #closed: TextRange[] = [];
  readonly #comments: TextRange[] = [];
  readonly #open: OpenMark[] = [];
  #at = 0;
  #lineStart = 0;
  /** Whether a mark at this place would open something: a value or key may begin here. */
  #atToken = true;
  /** Whether the last token was closed by a mark: a `:` that follows at once ends a key, as in JSON. */
  #behindMark = false;
  /** The column of the last key, which a block text is indented by more than, and of what may turn out to be a key. */
  #keyColumn = -1;
  #tokenColumn = -1;

  constructor(source: string, end: number) {
    this.#source = source;
    this.#end = end;
  }

  scan(): FlowRegions {
    while (this.#at < this.#end) this.#step(this.#source.charAt(this.#at));
    return { closed: this.#closed, comments: this.#comments, open: this.#open };
  }

  #step(char: string): void {
    if (char === '\n') this.#newLine();
    else if (BLANK.test(char)) this.#at++;
    else if (char === '#' && this.#isBlankAt(this.#at - 1)) this.#comment();
    else if (this.#open.length > 0 && this.#isFlowIndicator(char)) return;
    else if (this.#isIndicator(char)) this.#indicator(char);
    else if (this.#atToken) this.#token(char);
    else {
      this.#behindMark = false;
      this.#at++;
    }
  }

  #newLine(): void {
    this.#lineStart = ++this.#at;
    if (this.#open.length === 0) this.#atToken = true;
  }

  #comment(): void {
    const start = this.#at;
    this.#at = this.#lineEnd();
    if (this.#open.length > 0) this.#comments.push({ start, end: this.#at });
  }

  /** Takes what only a flow collection knows: `,` and the closing marks. */
  #isFlowIndicator(char: string): boolean {
    if (char !== ',' && char !== ']' && char !== '}') return false;
    this.#at++;
    if (char === ',') this.#atToken = true;
    else this.#close();
    return true;
  }

  #close(): void {
    const opened = this.#open.pop();
    this.#atToken = false;
    this.#behindMark = true;
    if (opened !== undefined && this.#open.length === 0) this.#closed.push({ start: opened.offset, end: this.#at });
  }

  /** Tells whether a `:`, `-` or `?` ends a key or begins an entry. */
  #isIndicator(char: string): boolean {
    if (char === ':') {
      const next = this.#source.charAt(this.#at + 1);
      if (this.#open.length > 0 && (this.#behindMark || /[,[\]{}]/.test(next))) return true;
      return this.#isBlankAt(this.#at + 1);
    }
    return this.#atToken && (char === '-' || char === '?') && this.#isBlankAt(this.#at + 1);
  }

  #indicator(char: string): void {
    this.#keyColumn = char === ':' && !this.#atToken ? this.#tokenColumn : this.#at - this.#lineStart;
    this.#behindMark = false;
    this.#atToken = true;
    this.#at++;
  }

  #token(char: string): void {
    this.#tokenColumn = this.#at - this.#lineStart;
    if (char === '!' || char === '&') this.#property();
    else if (OPENING.test(char)) this.#opening(char as OpenMark['mark']);
    else if ((char === '|' || char === '>') && this.#open.length === 0) this.#blockText();
    else {
      this.#atToken = false;
      this.#at++;
    }
  }

  /** A tag or anchor stands before its value. */
  #property(): void {
    const stop = this.#open.length > 0 ? /[\s,[\]{}]/ : /\s/;
    while (this.#at < this.#end && !stop.test(this.#source.charAt(this.#at))) this.#at++;
  }

  #opening(mark: OpenMark['mark']): void {
    this.#open.push({ mark, offset: this.#at++ });
    if (mark === '"' || mark === "'") this.#quoted(mark);
  }

  #quoted(mark: '"' | "'"): void {
    while (this.#at < this.#end) {
      const char = this.#source.charAt(this.#at++);
      if (char === '\n') this.#lineStart = this.#at;
      else if (char === '\\' && mark === '"') this.#at++;
      else if (char === mark) {
        if (mark === '"' || this.#source.charAt(this.#at) !== mark) {
          this.#close();
          return;
        }
        this.#at++;
      }
    }
  }

  /** Passes over a block text: all lines that are empty or indented by more than its key. */
  #blockText(): void {
    this.#at = this.#lineEnd();
    while (this.#at < this.#end) {
      const line = this.#at + 1;
      let content = line;
      while (this.#source.charAt(content) === ' ') content++;
      if (content - line <= this.#keyColumn && !/^[\r\n]?$/.test(this.#source.charAt(content))) return;
      this.#at = line;
      this.#at = this.#lineEnd();
    }
  }

  #lineEnd(): number {
    const end = this.#source.indexOf('\n', this.#at);
    return end < 0 || end > this.#end ? this.#end : end;
  }

  #isBlankAt(offset: number): boolean {
    const char = this.#source.charAt(offset);
    return char === '' || BLANK.test(char);
  }
}
