import type { Steps } from '../../values/in-slices.js';
import { CertificateError, type DerCursor, due } from './der-cursor.js';

/** Policies read in one step, which takes well below a millisecond. */
const POLICIES_A_STEP = 128;

const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;

/** A policy that counts as another one (RFC 5280, section 4.2.1.5). The object identifiers are in hexadecimal. */
export interface PolicyMapping {
  readonly issuer: string;
  readonly subject: string;
}

/** The number of further certificates after which a rule applies (RFC 5280, section 4.2.1.11); undefined for never. */
export interface PolicyLimits {
  readonly requireExplicit: number | undefined;
  readonly inhibitMapping: number | undefined;
}

/** Reads the value of certificatePolicies. Throws CertificateError. */
export function* readPolicies(value: DerCursor): Steps<string[]> {
  const problem = 'invalid certificate policies';
  const list = due(value.enter(SEQUENCE), problem);
  const policies = new Set<string>();
  while (!list.isEmpty) {
    const policy = policyIdentifier(due(list.enter(SEQUENCE), problem));
    if (policy === undefined || !isPolicy(policy) || policies.has(policy)) throw new CertificateError(problem);
    policies.add(policy);
    if (policies.size % POLICIES_A_STEP === 0) yield;
  }
  return [...policies];
}

/** Reads the value of policyMappings. Throws CertificateError. */
export function* readPolicyMappings(value: DerCursor): Steps<PolicyMapping[]> {
  const problem = 'invalid policy mappings extension';
  const list = due(value.enter(SEQUENCE), problem);
  const mappings: PolicyMapping[] = [];
  while (!list.isEmpty) {
    const pair = due(list.enter(SEQUENCE), problem);
    mappings.push({ issuer: due(policyIdentifier(pair), problem), subject: due(policyIdentifier(pair), problem) });
    if (mappings.length % POLICIES_A_STEP === 0) yield;
  }
  return mappings;
}

/** Reads the value of policyConstraints. Throws CertificateError. */
export function readPolicyLimits(value: DerCursor): PolicyLimits {
  const problem = 'invalid policy constraints extension';
  const fields = due(value.enter(SEQUENCE), problem);
  const limit = (tag: number): number | undefined => {
    const given = fields.peek() === tag ? due(fields.integer(tag), problem) : undefined;
    // Go ignores a negative number.
    return given === undefined || given < 0 ? undefined : given;
  };
  return { requireExplicit: limit(0x80), inhibitMapping: limit(0x81) };
}

function policyIdentifier(cursor: DerCursor): string | undefined {
  return cursor.content(OBJECT_IDENTIFIER)?.toString('hex');
}

/** Whether every part is complete and in its shortest form. Unlike in other identifiers, parts may have any size. */
function isPolicy(hex: string): boolean {
  let isFirst = true;
  for (let at = 0; at < hex.length; at += 2) {
    const byte = Number.parseInt(hex.slice(at, at + 2), 16);
    if (isFirst && byte === 0x80) return false;
    isFirst = byte < 0x80;
  }
  return hex !== '' && isFirst;
}
