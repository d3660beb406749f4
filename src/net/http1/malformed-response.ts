/** An answer that is no HTTP/1 response; the text is Go's where Go has one. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse';
}
