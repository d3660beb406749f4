import type { FailureReason } from '../../probe/failure.js';
import { inSlices } from '../../values/in-slices.js';
import type { Certificate } from '../x509/certificate.js';
import type { Path } from '../x509/find-paths.js';
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
   * Over all verified paths the largest of each path's smallest notAfter, in Unix time; undefined where none verified.
   */
  readonly lastChainExpirySeconds: number | undefined;
}

/** What is judged: a chain, for a name, at a time. */
export interface VerdictInput {
  readonly chain: PresentedChain;
  readonly trust: TrustStore;
  readonly serverName: string;
  readonly nowSeconds: number;
}

/** A verdict that holds as long as the time stays between two ends of certificates. */
interface KnownVerdict {
  readonly others: readonly Certificate[];
  readonly serverName: string;
  readonly verdict: Verdict;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/**
 * A pool of servers may present so many chains under one leaf, or be asked for by so many names, before the oldest is
 * judged anew.
 */
const MOST_KNOWN = 8;

const known = new WeakMap<TrustStore, WeakMap<Certificate, KnownVerdict[]>>();

/**
 * Judges what a server presented by Go's rules. A chain that verified before, to the byte, is not judged again while no
 * certificate begins or ends; one that did not is. Others wait no longer than a few milliseconds for it, whatever was
 * presented.
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

/** Self-signed is what leads, by names, to a root that was sent along. */
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
 * Why a client like Go's goes on no further with these certificates, whether it verifies or not; undefined if it does.
 */
export function chainRefusal({ leaf, others }: PresentedChain): string | undefined {
  const isTooLong = ({ publicKey }: Certificate): boolean =>
    publicKey?.kind === 'RSA' && publicKey.bits > MOST_RSA_BITS;
  if (!isTooLong(leaf) && !others.some(isTooLong)) return undefined;
  return `tls: server sent certificate containing RSA key larger than ${MOST_RSA_BITS} bits`;
}
