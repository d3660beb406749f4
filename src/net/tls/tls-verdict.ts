import type { FailureReason } from '../../probe/failure.js';
import { inSlices } from '../../values/in-slices.js';
import type { Certificate } from '../x509/certificate.js';
import type { Path } from '../x509/find-paths.js';
import { opensslMicroseconds } from '../x509/openssl-cost.js';
import { verifyCertificate, type VerifyResult } from '../x509/verify.js';
import type { VerifyProblem } from '../x509/verify-problem.js';
import type { PresentedChain } from './presented-chain.js';
import type { TrustStore } from './trust-store.js';

/** The judgement on the server's certificate; the message is in Go's words. */
export type Verification = { readonly ok: true } | Refusal;

/** Why a chain is not trusted, or not for the name; the message is in Go's words. */
export interface Refusal {
  readonly ok: false;
  readonly reason: FailureReason;
  readonly message: string;
}

/** The judgement, and what follows from the ways to an anchor that were found. */
export interface Verdict {
  readonly verification: Verification;
  /**
   * The largest, over all verified paths, of each path's smallest notAfter, in Unix time; undefined where none
   * verified.
   */
  readonly lastChainExpirySeconds: number | undefined;
}

/** The input of a verdict: a chain, the roots to trust, the name and the time. */
export interface VerdictInput {
  readonly chain: PresentedChain;
  readonly trust: TrustStore;
  readonly serverName: string;
  readonly nowSeconds: number;
}

/** A verdict that holds until one of the certificates begins or ends. */
interface KnownVerdict {
  readonly others: readonly Certificate[];
  readonly serverName: string;
  readonly verdict: Verdict;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/**
 * The verdicts that are kept for one leaf. A pool of servers may present several chains under one leaf, or be asked for
 * by several names; beyond this number the oldest is judged anew.
 */
const MOST_KNOWN = 8;

const known = new WeakMap<TrustStore, WeakMap<Certificate, KnownVerdict[]>>();

/**
 * Judges what a server presented by Go's rules. A chain that verified before, to the byte, is not judged again while no
 * certificate begins or ends; a chain that did not verify is judged each time. Others wait no longer than a few
 * milliseconds for it, whatever was presented.
 */
export async function judgeCertificate(input: VerdictInput): Promise<Verdict> {
  const ofLeaf = knownUnder(input);
  const found = ofLeaf.find((each) => isFor(each, input));
  if (found !== undefined) return found.verdict;
  const { leaf, others } = input.chain;
  const result = await inSlices(verifyCertificate({ ...input, leaf, others }));
  if (result.problem !== undefined) {
    return { verification: refusal(result.problem, input.chain), lastChainExpirySeconds: undefined };
  }
  const verdict: Verdict = { verification: { ok: true }, lastChainExpirySeconds: lastEnd(result.paths) };
  ofLeaf.push({ others, serverName: input.serverName, verdict, ...constancy(result, input.nowSeconds) });
  if (ofLeaf.length > MOST_KNOWN) ofLeaf.shift();
  return verdict;
}

function knownUnder({ trust, chain }: VerdictInput): KnownVerdict[] {
  let ofStore = known.get(trust);
  if (ofStore === undefined) known.set(trust, (ofStore = new WeakMap()));
  let ofLeaf = ofStore.get(chain.leaf);
  if (ofLeaf === undefined) ofStore.set(chain.leaf, (ofLeaf = []));
  return ofLeaf;
}

function isFor(each: KnownVerdict, { chain: { others }, serverName, nowSeconds }: VerdictInput): boolean {
  if (each.serverName !== serverName || nowSeconds < each.fromSeconds || nowSeconds > each.toSeconds) return false;
  if (each.others === others) return true;
  return each.others.length === others.length && each.others.every((one, index) => isSame(one, others[index]));
}

function isSame(one: Certificate, other: Certificate | undefined): boolean {
  return one === other || (other !== undefined && one.der.equals(other.der));
}

function lastEnd(paths: readonly Path[]): number {
  return Math.max(...paths.map((path) => Math.min(...path.map(({ notAfterSeconds }) => notAfterSeconds))));
}

/** The time around now in which no certificate that was looked at begins or ends. */
function constancy({ seen }: VerifyResult, nowSeconds: number): { fromSeconds: number; toSeconds: number } {
  let fromSeconds = -Infinity;
  let toSeconds = Infinity;
  for (const { notBeforeSeconds, notAfterSeconds } of seen) {
    for (const end of [notBeforeSeconds, notAfterSeconds]) {
      if (end <= nowSeconds) fromSeconds = Math.max(fromSeconds, end);
      else toSeconds = Math.min(toSeconds, end);
    }
  }
  return { fromSeconds, toSeconds };
}

const REASONS = {
  expired: 'tls_certificate_expired',
  'not-yet-valid': 'tls_certificate_not_yet_valid',
  'name-mismatch': 'tls_name_mismatch',
  invalid: 'tls_certificate_invalid',
} as const;

function refusal({ kind, message }: VerifyProblem, chain: PresentedChain): Verification {
  const reason = kind === 'unknown-authority' ? unknownReason(chain) : REASONS[kind];
  return { ok: false, reason, message: `tls: failed to verify certificate: ${message}` };
}

/**
 * The reason for an unknown authority: self-signed where the issuers' names lead to a root that the server sent along.
 */
function unknownReason({ leaf, others }: PresentedChain): FailureReason {
  let last: Certificate | undefined = leaf;
  for (let step = 0; last !== undefined && step <= others.length; step++) {
    const { issuer, subject }: Certificate = last;
    if (issuer.equals(subject)) return 'tls_self_signed';
    last = others.find((each) => each.subject.equals(issuer));
  }
  return 'tls_unknown_authority';
}

/** The longest RSA key that Go's client takes from a server; longer ones cost it too much. */
const MOST_RSA_BITS = 8192;

/**
 * How long OpenSSL may take for a chain, in one call that holds everything else up. The chains of servers take a tenth
 * of it; upstream has no such limit, as a thread of its own waits there.
 */
const MOST_OPENSSL_MICROSECONDS = 8000;

/**
 * The reason to end the handshake because of these certificates, whether they verify or not: Go's client ends it too,
 * or they take OpenSSL too long. Undefined if the handshake may go on.
 */
export function chainRefusal(
  { leaf, others }: PresentedChain,
  peer: 'server' | 'client' = 'server',
): string | undefined {
  const all = [leaf, ...others];
  if (all.some(({ publicKey }) => publicKey?.kind === 'RSA' && publicKey.bits > MOST_RSA_BITS)) {
    return `tls: ${peer} sent certificate containing RSA key larger than ${MOST_RSA_BITS} bits`;
  }
  if (opensslMicroseconds(all) <= MOST_OPENSSL_MICROSECONDS) return undefined;
  const bytes = all.reduce((sum, { der }) => sum + der.length, 0);
  return `tls: ${peer} sent certificates that are too costly to check: ${all.length} of ${bytes} bytes in all, some 30 of ordinary size are the most`;
}
