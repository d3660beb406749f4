/**
 * PEM text (RFC 7468) as Go's encoding/pem reads it: what is malformed is passed over, and of several beginnings before
 * an end the last one counts.
 */

const BEGIN = '-----BEGIN ';
const END = '\n-----END ';
const DASHES = '-----';

/** One block of PEM text. */
export interface PemBlock {
  /** Such as `CERTIFICATE`. */
  readonly label: string;
  /** Whether lines with a colon stand before the content (RFC 1421). */
  readonly hasHeaders: boolean;
  readonly der: Buffer;
}

/** The blocks of PEM text, one after the other. Linear in the length of the text. */
export function* pemBlocks(text: string): Generator<PemBlock, void> {
  let from = 0;
  for (let end = text.indexOf(END); end >= 0; end = text.indexOf(END, from)) {
    const block = blockBefore(text.slice(from, end), labelBehind(text, end + END.length));
    from = end + END.length;
    if (block !== undefined) yield block;
  }
}

/** The certificates of PEM text as DER, in order. Linear in the length of the text. */
export function certificatesInPem(text: string): Buffer[] {
  return [...eachCertificateInPem(text)];
}

/**
 * The certificates of PEM text as DER, one after the other, as Go takes authorities: without those with headers. Linear
 * in the length of the text.
 */
export function* eachCertificateInPem(text: string): Generator<Buffer, void> {
  for (const { label, hasHeaders, der } of pemBlocks(text)) if (label === 'CERTIFICATE' && !hasHeaders) yield der;
}

/** Writes a certificate in DER as PEM that OpenSSL reads. */
export function toPem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

/** The label that an end has, which begins at `at`; undefined if its line is no end. */
function labelBehind(text: string, at: number): string | undefined {
  const line = lineAt(text, at);
  return line.endsWith(DASHES) ? line.slice(0, -DASHES.length) : undefined;
}

/** The block that ends with `text`, where the end has this label. */
function blockBefore(text: string, endLabel: string | undefined): PemBlock | undefined {
  const begin = text.lastIndexOf(BEGIN);
  if (begin < 0 || endLabel === undefined || (begin > 0 && text[begin - 1] !== '\n')) return undefined;
  if (lineAt(text, begin) !== `${BEGIN}${endLabel}${DASHES}`) return undefined;
  let at = lineEnd(text, begin);
  const content = at;
  while (at < text.length && lineAt(text, at).includes(':')) at = lineEnd(text, at);
  const der = decode(text.slice(at));
  return der && { label: endLabel, hasHeaders: at > content, der };
}

/** The line that begins at `at`, without blanks at its end. */
function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(at, end < 0 ? undefined : end).trimEnd();
}

/** Where the next line begins. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** Undefined for what is no base64. */
function decode(text: string): Buffer | undefined {
  const digits = text.replace(/[ \t\r\n]+/g, '');
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) return undefined;
  return Buffer.from(digits, 'base64');
}
