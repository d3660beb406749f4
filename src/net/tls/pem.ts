/**
 * PEM text (RFC 7468) as Go reads it: what is malformed is passed over, and so are blocks with headers where none
 * belong.
 */

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';

/** The certificates of PEM text as DER, in order. Linear in the length of the text. */
export function certificatesInPem(text: string): Buffer[] {
  return [...eachCertificateInPem(text)];
}

/** The certificates of PEM text as DER, one after the other. Linear in the length of the text. */
export function* eachCertificateInPem(text: string): Generator<Buffer, void> {
  let label: string | undefined;
  let body: string[] = [];
  for (const line of text.split('\n')) {
    const trimmed = line.trimEnd();
    if (trimmed.startsWith(BEGIN) && trimmed.endsWith(DASHES)) {
      label = trimmed.slice(BEGIN.length, -DASHES.length);
      body = [];
    } else if (label !== undefined && trimmed.startsWith(END)) {
      const der = trimmed === `${END}${label}${DASHES}` && label === 'CERTIFICATE' ? decode(body.join('')) : undefined;
      if (der !== undefined) yield der;
      label = undefined;
    } else body.push(trimmed);
  }
}

/** Undefined for what is no base64; a header, which has a colon, is none. */
function decode(text: string): Buffer | undefined {
  const digits = text.replace(/[ \t\r]+/g, '');
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) return undefined;
  return Buffer.from(digits, 'base64');
}

/** Writes a certificate in DER as PEM that OpenSSL reads. */
export function toPem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
