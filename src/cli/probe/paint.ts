/** Colours a text for a terminal, or leaves it as it is. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

const plain = (text: string): string => text;

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
function sgr(code: number): (text: string) => string {
  return (text) => `\x1b[${code}m${text}\x1b[0m`;
}

const COLOURED: Paint = { good: sgr(32), bad: sgr(31), dim: sgr(2), strong: sgr(1) };
const PLAIN: Paint = { good: plain, bad: plain, dim: plain, strong: plain };

/** Colours are for terminals whose user did not refuse them (no-color.org). */
export function paintFor({ isTerminal, noColor }: { isTerminal: boolean; noColor: string | undefined }): Paint {
  return isTerminal && (noColor === undefined || noColor === '') ? COLOURED : PLAIN;
}
