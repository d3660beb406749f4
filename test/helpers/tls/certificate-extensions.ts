import { bitString, type Extension, integer, oid } from './certificate-writer.js';
import { element } from './der-names.js';

const SEQUENCE = 0x30;

/** Object identifiers of extended key usages, in hexadecimal. */
export const USAGES = {
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
  codeSigning: '2b06010505070303',
  any: '551d2500',
  netscapeStepUp: '6086480186f8420401',
  microsoftStepUp: '2b0601040182370a0303',
  made: '2a0304',
} as const;

export function authority(pathLength?: number): Extension {
  const limit = pathLength === undefined ? [] : [integer(pathLength)];
  return ['551d13', element(SEQUENCE, element(0x01, Buffer.from([0xff])), ...limit), 'critical'];
}

export const notAuthority: Extension = ['551d13', element(SEQUENCE), 'critical'];

/** Bits by their numbers in RFC 5280, 4.2.1.3. */
export function keyUsage(...bits: readonly number[]): Extension {
  const value = bits.reduce((all, bit) => all | (0x8000 >> bit), 0);
  const bytes = value & 0xff ? [value >> 8, value & 0xff] : value === 0 ? [] : [value >> 8];
  const last = bytes.at(-1) ?? 0;
  return ['551d0f', bitString(Buffer.from(bytes), last === 0 ? 0 : Math.log2(last & -last)), 'critical'];
}

export function extendedUsage(...usages: readonly (keyof typeof USAGES)[]): Extension {
  return ['551d25', element(SEQUENCE, ...usages.map((each) => oid(USAGES[each])))];
}

export type GeneralName = readonly [kind: 'dns' | 'mail' | 'uri' | 'ip' | 'directory', value: string | Buffer];

const NAME_TAGS = { mail: 0x81, dns: 0x82, directory: 0xa4, uri: 0x86, ip: 0x87 } as const;

function generalName([kind, value]: GeneralName): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, kind === 'ip' ? 'hex' : 'latin1') : value;
  return element(NAME_TAGS[kind], bytes);
}

/** Addresses and ranges in hexadecimal. */
export function names(...all: readonly GeneralName[]): Extension {
  return ['551d11', element(SEQUENCE, ...all.map(generalName))];
}

export const localhost = names(['dns', 'localhost']);

export function constraints(permitted: readonly GeneralName[], excluded: readonly GeneralName[] = []): Extension {
  const trees = (tag: number, all: readonly GeneralName[]): Buffer[] =>
    all.length === 0 ? [] : [element(tag, ...all.map((each) => element(SEQUENCE, generalName(each))))];
  return ['551d1e', element(SEQUENCE, ...trees(0xa0, permitted), ...trees(0xa1, excluded)), 'critical'];
}

export function subjectKeyId(text: string): Extension {
  return ['551d0e', element(0x04, Buffer.from(text))];
}

export function authorityKeyId(text: string): Extension {
  return ['551d23', element(SEQUENCE, element(0x80, Buffer.from(text)))];
}

/** Object identifiers in hexadecimal. */
export function policies(...all: readonly string[]): Extension {
  return ['551d20', element(SEQUENCE, ...all.map((each) => element(SEQUENCE, oid(each))))];
}

export function policyMappings(...pairs: readonly (readonly [issuer: string, subject: string])[]): Extension {
  return ['551d21', element(SEQUENCE, ...pairs.map((pair) => element(SEQUENCE, ...pair.map(oid))))];
}

export function policyConstraints(requireExplicit?: number, inhibitMapping?: number): Extension {
  const parts = [
    ...(requireExplicit === undefined ? [] : [integer(requireExplicit, 0x80)]),
    ...(inhibitMapping === undefined ? [] : [integer(inhibitMapping, 0x81)]),
  ];
  return ['551d24', element(SEQUENCE, ...parts), 'critical'];
}

export function inhibitAnyPolicy(after: number): Extension {
  return ['551d36', integer(after), 'critical'];
}
