/** A declared parameter of a request does not fit. The message names it and says what would be right. */
export class ParamError extends Error {
  override readonly name = 'ParamError';
}
