import { CertificateError, due } from './der-cursor.js';
import type { DerCursor } from './der-cursor.js';

const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;

/** One policy taken for another (RFC 5280, 4.2.1.5); object identifiers in hexadecimal. */
export interface PolicyMapping {
  readonly issuer: string;
  readonly subject: string;
}

/** After how many further certificates a rule holds (RFC 5280, 4.2.1.11); undefined for never. */
export interface PolicyLimits {
  readonly requireExplicit: number | undefined;
  readonly inhibitMapping: number | undefined;
}

/** Reads the value of certificatePolicies; throws CertificateError. */
export function readPolicies(value: DerCursor): string[] {
  const problem = 'invalid certificate policies';
  const list = due(value.enter(SEQUENCE), problem);
  const policies = new Set<string>();
  while (!list.isEmpty) {
    const policy = policyIdentifier(due(list.enter(SEQUENCE), problem));
    if (policy === undefined || !isPolicy(policy) || policies.has(policy)) throw new CertificateError(problem);
    policies.add(policy);
  }
  return [...policies];
}

/** Reads the value of policyMappings; throws CertificateError. */
export function readPolicyMappings(value: DerCursor): PolicyMapping[] {
  const problem = 'invalid policy mappings extension';
  const list = due(value.enter(SEQUENCE), problem);
  const mappings: PolicyMapping[] = [];
  while (!list.isEmpty) {
    const pair = due(list.enter(SEQUENCE), problem);
    mappings.push({ issuer: due(policyIdentifier(pair), problem), subject: due(policyIdentifier(pair), problem) });
  }
  return mappings;
}

/** Reads the value of policyConstraints; throws CertificateError. */
export function readPolicyLimits(value: DerCursor): PolicyLimits {
  const problem = 'invalid policy constraints extension';
  const fields = due(value.enter(SEQUENCE), problem);
  const limit = (tag: number): number | undefined => {
    const given = fields.peek() === tag ? due(fields.integer(tag), problem) : undefined;
    // A negative one counts as none, as for Go.
    return given === undefined || given < 0 ? undefined : given;
  };
  return { requireExplicit: limit(0x80), inhibitMapping: limit(0x81) };
}

function policyIdentifier(cursor: DerCursor): string | undefined {
  return cursor.content(OBJECT_IDENTIFIER)?.toString('hex');
}

/** Whether every arc is complete and in its shortest form; unlike elsewhere an arc may be of any size. */
function isPolicy(hex: string): boolean {
  let isFirst = true;
  for (let at = 0; at < hex.length; at += 2) {
    const byte = Number.parseInt(hex.slice(at, at + 2), 16);
    if (isFirst && byte === 0x80) return false;
    isFirst = byte < 0x80;
  }
  return hex !== '' && isFirst;
}
