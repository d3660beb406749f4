/** Distinguished names in DER, for what certificate libraries refuse to write. */

export const UTF8 = 0x0c;
export const PRINTABLE = 0x13;
export const T61 = 0x14;
export const BMP = 0x1e;

type Type =
  'C' | 'ST' | 'L' | 'O' | 'OU' | 'CN' | 'STREET' | 'POSTALCODE' | 'serialNumber' | 'GN' | 'DC' | 'emailAddress';

/** The type, the value and the tag of its string (UTF8String if there is none). */
export type Attribute = readonly [type: Type, value: string | Buffer, tag?: number];

const IDENTIFIERS: Readonly<Record<Type, string>> = {
  CN: '550403',
  serialNumber: '550405',
  C: '550406',
  L: '550407',
  ST: '550408',
  STREET: '550409',
  O: '55040a',
  OU: '55040b',
  POSTALCODE: '550411',
  GN: '55042a',
  DC: '0992268993f22c640119',
  emailAddress: '2a864886f70d010901',
};

/** A name of these relative names, in this order; a list of attributes is one relative name of several parts. */
export function dn(...relativeNames: readonly (Attribute | readonly Attribute[])[]): Buffer {
  const sets = relativeNames.map((each) => element(0x31, ...(isAttribute(each) ? [each] : each).map(encode)));
  return element(0x30, ...sets);
}

function isAttribute(each: Attribute | readonly Attribute[]): each is Attribute {
  return typeof each[0] === 'string';
}

function encode([type, value, tag = UTF8]: Attribute): Buffer {
  return element(
    0x30,
    element(0x06, Buffer.from(IDENTIFIERS[type], 'hex')),
    element(tag, Buffer.from(value as string)),
  );
}

/** One element of DER. */
export function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const bytes = [length >>> 16, (length >> 8) & 0xff, length & 0xff];
  while (bytes[0] === 0) bytes.shift();
  const head = length < 0x80 ? [length] : [0x80 + bytes.length, ...bytes];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
