import { X509Certificate } from 'node:crypto';
import type { Certificate } from './certificate.js';
import type { TrustStore } from './trust-store.js';

/** A way from the server's certificate to a trusted one, and the time (Unix) in which all of it is valid. */
export interface TrustedChain {
  readonly validFromSeconds: number;
  readonly validToSeconds: number;
}

/** The same bound on the work as in Go's verifier, against certificates made to be expensive. */
const MOST_SIGNATURE_CHECKS = 100;
const LONGEST_CHAIN = 10;

/**
 * All ways from the first of `presented` through the others to `trust`, whatever the time is. It only says when they are valid:
 * the judgement on the connection is OpenSSL's.
 */
export function findTrustedChains(presented: readonly Certificate[], trust: TrustStore): TrustedChain[] {
  const [leaf, ...others] = presented;
  if (leaf === undefined) return [];
  if (trust.contains(leaf)) return [validityOf([leaf])];
  return extend([leaf], { others, trust, work: new BoundedWork() }).map(validityOf);
}

interface Search {
  readonly others: readonly Certificate[];
  readonly trust: TrustStore;
  readonly work: BoundedWork;
}

/** The expensive steps of one search: OpenSSL's view of a certificate is made once, signatures are checked so many times and no more. */
class BoundedWork {
  #checksLeft = MOST_SIGNATURE_CHECKS;
  readonly #parsed = new Map<Certificate, X509Certificate>();

  parse(certificate: Certificate): X509Certificate {
    let x509 = this.#parsed.get(certificate);
    if (x509 === undefined) this.#parsed.set(certificate, (x509 = new X509Certificate(certificate.der)));
    return x509;
  }

  hasIssued(issuer: Certificate, certificate: Certificate): boolean {
    if (this.#checksLeft <= 0) return false;
    this.#checksLeft--;
    const authority = this.parse(issuer);
    const issued = this.parse(certificate);
    return authority.ca && issued.checkIssued(authority) && issued.verify(authority.publicKey);
  }
}

function extend(path: readonly [Certificate, ...Certificate[]], search: Search): Certificate[][] {
  const last = path.at(-1) ?? path[0];
  const { others, trust, work } = search;
  const found = trust
    .bySubject(last.issuer)
    .filter((issuer) => isNewIn(path, issuer, work) && work.hasIssued(issuer, last))
    .map((issuer) => [...path, issuer]);
  if (path.length + 1 >= LONGEST_CHAIN) return found;
  for (const issuer of others) {
    if (!issuer.subject.equals(last.issuer) || trust.contains(issuer)) continue;
    if (!isNewIn(path, issuer, work) || !work.hasIssued(issuer, last)) continue;
    found.push(...extend([...path, issuer], search));
  }
  return found;
}

/** A path never comes to the same name and key twice, or it would go round in circles. */
function isNewIn(path: readonly Certificate[], candidate: Certificate, work: BoundedWork): boolean {
  return !path.some(
    (seen) =>
      seen.subject.equals(candidate.subject) &&
      (seen.der.equals(candidate.der) || work.parse(seen).publicKey.equals(work.parse(candidate).publicKey)),
  );
}

function validityOf(path: readonly Certificate[]): TrustedChain {
  return {
    validFromSeconds: Math.max(...path.map(({ notBeforeSeconds }) => notBeforeSeconds)),
    validToSeconds: Math.min(...path.map(({ notAfterSeconds }) => notAfterSeconds)),
  };
}

/** The latest end of the chains that are valid now; undefined if none is. */
export function lastChainExpiry(chains: readonly TrustedChain[], nowSeconds: number): number | undefined {
  const valid = chains.filter(
    ({ validFromSeconds, validToSeconds }) => validFromSeconds <= nowSeconds && nowSeconds <= validToSeconds,
  );
  return latestEnd(valid);
}

/** The latest end of any of the chains; undefined if there is none. */
export function latestEnd(chains: readonly TrustedChain[]): number | undefined {
  return chains.length === 0 ? undefined : Math.max(...chains.map(({ validToSeconds }) => validToSeconds));
}
