const DELIMITERS = ['"""', "'''", '"', "'"];

/** A string after which escapes have no meaning. */
const RAW = /[rR][bB]?$/;

/**
 * An expression of CEL without its strings and comments (cel-spec, doc/langdef.md, "Syntax"), in whose place a quote
 * stands. One that is not closed ends with the expression.
 */
export function outsideOfCelTexts(expression: string): string {
  let outside = '';
  for (let at = 0; at < expression.length;) {
    const end = endOfText(expression, at);
    outside += end === at ? (expression[at] ?? '') : '"';
    at = Math.max(end, at + 1);
  }
  return outside;
}

/** The place behind the string or comment that begins at `at`; `at` if none does. */
function endOfText(expression: string, at: number): number {
  if (expression.startsWith('//', at)) {
    const end = expression.indexOf('\n', at);
    return end < 0 ? expression.length : end;
  }
  const quote = DELIMITERS.find((each) => expression.startsWith(each, at));
  if (quote === undefined) return at;
  const isRaw = RAW.test(expression.slice(Math.max(0, at - 2), at));
  for (let index = at + quote.length; index < expression.length; index++) {
    if (expression.startsWith(quote, index)) return index + quote.length;
    if (!isRaw && expression[index] === '\\') index++;
  }
  return expression.length;
}
