import type { Steps } from '../../values/in-slices.js';
import { CertificateError, DerCursor, due } from './der-cursor.js';
import { readObjectIdentifier } from './der-reader.js';
import { type AlternativeNames, readAlternativeNames, readSubtrees, type Subtrees } from './general-names.js';
import {
  type PolicyLimits,
  type PolicyMapping,
  readPolicies,
  readPolicyLimits,
  readPolicyMappings,
} from './policies.js';

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const URI = 0x86;

/** The names that an authority may sign for. */
export interface NameConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
  /** The size of the extension. */
  readonly bytes: number;
}

/** Whether a certificate is an authority, and of which depth. */
export interface BasicConstraints {
  readonly isAuthority: boolean;
  /** How many intermediates may follow; undefined for any number. */
  readonly pathLength: number | undefined;
}

/** The extensions of a certificate that Go's verifier uses. */
export interface Extensions {
  alternativeNames?: AlternativeNames;
  basicConstraints?: BasicConstraints;
  /** Whether keyUsage is present and has bits, but not keyCertSign. */
  mayNotSign?: boolean;
  /** Object identifiers in hexadecimal. */
  extendedUsages?: readonly string[];
  nameConstraints?: NameConstraints;
  authorityKeyId?: Buffer;
  subjectKeyId?: Buffer;
  /** Object identifiers in hexadecimal. */
  policies?: readonly string[];
  policyMappings?: readonly PolicyMapping[];
  policyLimits?: PolicyLimits;
  inhibitAnyPolicy?: number;
  /** Whether there is a critical extension that is not known. */
  hasUnhandledCritical?: true;
}

/** Reads one extension into `found`. Returns whether Go does not handle it. One that may be long yields. */
type Reader = (found: Extensions, value: DerCursor, isCritical: boolean) => boolean | Steps<boolean>;

/** Entries of a list read in one step, which takes well below a millisecond. */
const ENTRIES_A_STEP = 256;

/** Key: the bytes of the object identifier, in hexadecimal (RFC 5280, section 4.2). */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['551d0e', readSubjectKeyId],
  ['551d0f', readKeyUsage],
  ['551d11', readNames],
  ['551d13', readBasicConstraints],
  ['551d1e', readNameConstraints],
  ['551d1f', checkDistributionPoints],
  ['551d20', readPolicyList],
  ['551d21', readMappings],
  ['551d23', readAuthorityKeyId],
  ['551d24', readLimits],
  ['551d25', readExtendedUsages],
  ['551d36', readInhibitAnyPolicy],
  ['2b06010505070101', checkAuthorityAccess],
]);

/** Reads the content of the field `extensions` (RFC 5280, section 4.1.2.9). Throws CertificateError. */
export function* readExtensions(field: DerCursor): Steps<Extensions> {
  const list = due(field.enter(SEQUENCE), 'malformed extensions');
  const raw: RawExtension[] = [];
  const seen = new Set<string>();
  for (let count = 1; !list.isEmpty; count++) {
    if (count % ENTRIES_A_STEP === 0) yield;
    const extension = readExtension(due(list.enter(SEQUENCE), 'malformed extension'));
    if (seen.has(extension.identifier)) {
      const dotted = formatObjectIdentifier(extension.identifier);
      throw new CertificateError(`certificate contains duplicate extension with OID "${dotted}"`);
    }
    seen.add(extension.identifier);
    raw.push(extension);
  }
  const found: Extensions = {};
  for (const { identifier, isCritical, value } of raw) {
    const read = READERS.get(identifier)?.(found, new DerCursor(value), isCritical) ?? true;
    const isUnhandled = typeof read === 'boolean' ? read : yield* read;
    if (isUnhandled && isCritical) found.hasUnhandledCritical = true;
  }
  return found;
}

interface RawExtension {
  readonly identifier: string;
  readonly isCritical: boolean;
  readonly value: Buffer;
}

function readExtension(extension: DerCursor): RawExtension {
  const identifier = due(extension.objectIdentifier(), 'malformed extension OID field');
  const isCritical = extension.peek() === 0x01 && due(extension.boolean(), 'malformed extension critical field');
  return { identifier, isCritical, value: due(extension.content(OCTET_STRING), 'malformed extension value field') };
}

function* readPolicyList(found: Extensions, value: DerCursor): Steps<boolean> {
  found.policies = yield* readPolicies(value);
  return false;
}

function* readMappings(found: Extensions, value: DerCursor): Steps<boolean> {
  found.policyMappings = yield* readPolicyMappings(value);
  return false;
}

function readLimits(found: Extensions, value: DerCursor): boolean {
  found.policyLimits = readPolicyLimits(value);
  return false;
}

function readSubjectKeyId(found: Extensions, value: DerCursor, isCritical: boolean): boolean {
  if (isCritical) throw new CertificateError('subject key identifier incorrectly marked critical');
  found.subjectKeyId = due(value.content(OCTET_STRING), 'invalid subject key identifier');
  return false;
}

function readAuthorityKeyId(found: Extensions, value: DerCursor, isCritical: boolean): boolean {
  if (isCritical) throw new CertificateError('authority key identifier incorrectly marked critical');
  const fields = due(value.enter(SEQUENCE), 'invalid authority key identifier');
  if (fields.peek() === 0x80) found.authorityKeyId = due(fields.content(0x80), 'invalid authority key identifier');
  return false;
}

/** Bits 0 to 8 (RFC 5280, section 4.2.1.3). Bit 5 is keyCertSign. */
function readKeyUsage(found: Extensions, value: DerCursor): boolean {
  const content = value.read(0x03) ? value.lastContent() : undefined;
  const isReadable = content !== undefined && new DerCursor(value.bytes).bitString() !== undefined;
  if (!isReadable) throw new CertificateError('invalid key usage');
  const [first = 0, second = 0] = content.subarray(1);
  found.mayNotSign = (first !== 0 || second >= 0x80) && (first & 0x04) === 0;
  return false;
}

function* readNames(found: Extensions, value: DerCursor): Steps<boolean> {
  const names = yield* readAlternativeNames(value);
  found.alternativeNames = names;
  const { dnsNames, mailAddresses, uris, ipAddresses } = names;
  return dnsNames.length + mailAddresses.length + uris.length + ipAddresses.length === 0;
}

function readBasicConstraints(found: Extensions, value: DerCursor): boolean {
  const problem = 'invalid basic constraints';
  const fields = due(value.enter(SEQUENCE), problem);
  const isAuthority = fields.peek() === 0x01 && due(fields.boolean(), problem);
  const pathLength = fields.peek() === INTEGER ? due(fields.integer(INTEGER), problem) : undefined;
  if (pathLength !== undefined && pathLength < 0) throw new CertificateError(problem);
  found.basicConstraints = { isAuthority, pathLength };
  return false;
}

function* readNameConstraints(found: Extensions, value: DerCursor): Steps<boolean> {
  const bytes = value.bytes.length;
  const fields = value.enter(SEQUENCE);
  const permitted = fields?.enterOptional(0xa0);
  const excluded = fields?.enterOptional(0xa1);
  if (permitted === undefined || excluded === undefined || fields?.isEmpty !== true || !value.isEmpty) {
    throw new CertificateError('invalid NameConstraints extension');
  }
  if (permitted?.isEmpty !== false && excluded?.isEmpty !== false) {
    throw new CertificateError('empty name constraints extension');
  }
  const constraints = { permitted: yield* readSubtrees(permitted), excluded: yield* readSubtrees(excluded), bytes };
  found.nameConstraints = constraints;
  return constraints.permitted.hasOthers || constraints.excluded.hasOthers;
}

function* readExtendedUsages(found: Extensions, value: DerCursor): Steps<boolean> {
  const list = due(value.enter(SEQUENCE), 'invalid extended key usages');
  const usages: string[] = [];
  while (!list.isEmpty) {
    usages.push(due(list.objectIdentifier(), 'invalid extended key usages'));
    if (usages.length % ENTRIES_A_STEP === 0) yield;
  }
  found.extendedUsages = usages;
  return false;
}

function readInhibitAnyPolicy(found: Extensions, value: DerCursor): boolean {
  found.inhibitAnyPolicy = due(value.integer(INTEGER), 'invalid inhibit any policy extension');
  return false;
}

/** The content is not used, but a malformed extension makes the certificate malformed (RFC 5280, section 4.2.1.13). */
function* checkDistributionPoints(_: Extensions, value: DerCursor): Steps<boolean> {
  const list = due(value.enter(SEQUENCE), 'invalid CRL distribution points');
  const problem = 'invalid CRL distribution point';
  for (let count = 1; !list.isEmpty; count++) {
    if (count % ENTRIES_A_STEP === 0) yield;
    const name = due(due(list.enter(SEQUENCE), problem).enterOptional(0xa0), problem);
    const names = name === null ? null : due(name.enter(0xa0), problem);
    while (names?.peek() === URI) due(names.content(URI), problem);
  }
  return false;
}

/** The content is not used, but a malformed extension makes the certificate malformed (RFC 5280, section 4.2.2.1). */
function* checkAuthorityAccess(_: Extensions, value: DerCursor, isCritical: boolean): Steps<boolean> {
  if (isCritical) throw new CertificateError('authority info access incorrectly marked critical');
  const problem = 'invalid authority info access';
  const list = due(value.enter(SEQUENCE), problem);
  for (let count = 1; !list.isEmpty; count++) {
    if (count % ENTRIES_A_STEP === 0) yield;
    const access = due(list.enter(SEQUENCE), problem);
    due(access.objectIdentifier(), problem);
    if (access.peek() === URI) due(access.content(URI), problem);
  }
  return false;
}

/** Writes an object identifier in dotted notation, for messages. */
function formatObjectIdentifier(hex: string): string {
  return readObjectIdentifier(Buffer.from(hex, 'hex'));
}
