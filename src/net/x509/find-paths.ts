import type { Certificate } from '../certificate.js';
import type { TrustStore } from '../trust-store.js';
import { signatureProblem } from './signature.js';
import { invalid, timeProblem, unknownAuthority } from './verify-problem.js';
import type { VerifyProblem } from './verify-problem.js';

/** A way from the server's certificate to a trusted one, both included. */
export type Path = readonly Certificate[];

export interface PathSearch {
  readonly trust: TrustStore;
  /** What was sent beside the leaf. */
  readonly intermediates: TrustStore;
  readonly nowSeconds: number;
  /** Every certificate that was looked at, so that it is known how long an answer holds. */
  readonly seen: Set<Certificate>;
}

/** Candidates that one search looks at, against certificates made to be expensive; the same as Go's. */
const MOST_CANDIDATES = 100;
const LIMIT = invalid('x509: signature check attempts limit reached while verifying certificate chain');

/** What a search is about to do, said before each step that costs time. */
export type Steps<T> = Generator<void, T>;

export type Found = { readonly paths: readonly Path[] } | { readonly problem: VerifyProblem };

/** All ways from `leaf` to an anchor, or why there is none: the search of Go's buildChains, with its order and its limit. */
export function findPaths(leaf: Certificate, search: PathSearch): Steps<Found> {
  return new PathFinder(search).from([leaf], leaf);
}

class PathFinder {
  readonly #search: PathSearch;
  #candidates = 0;

  constructor(search: PathSearch) {
    this.#search = search;
  }

  *from(path: Path, last: Certificate): Steps<Found> {
    const { trust, intermediates } = this.#search;
    const paths: Path[] = [];
    const notes: Notes = {};
    for (const [kind, issuers] of [
      ['root', trust.bySubject(last.issuer)],
      ['intermediate', intermediates.bySubject(last.issuer)],
    ] as const) {
      for (const issuer of byPlausibility(issuers, last)) {
        if (++this.#candidates > MOST_CANDIDATES) notes.problem = LIMIT;
        else paths.push(...(yield* this.#consider({ path, last, issuer, kind }, notes)));
        if (notes.problem === LIMIT) break;
      }
      if (notes.problem === LIMIT) break;
    }
    if (paths.length > 0) return { paths };
    return { problem: notes.problem ?? unknownAuthority(notes.hint) };
  }

  *#consider({ path, last, issuer, kind }: Candidate, notes: Notes): Steps<readonly Path[]> {
    const { seen, nowSeconds } = this.#search;
    if (issuer.publicKey === undefined || isIn(path, issuer)) return [];
    yield;
    seen.add(issuer);
    const unsigned = signatureProblem(last, issuer);
    if (unsigned !== undefined) {
      notes.hint ??= { problem: unsigned, candidate: issuer };
      return [];
    }
    const problem = candidateProblem(issuer, { path, kind, nowSeconds });
    notes.problem = problem;
    if (problem !== undefined) {
      notes.hint ??= { problem: problem.message, candidate: issuer };
      return [];
    }
    if (kind === 'root') return [[...path, issuer]];
    const found = yield* this.from([...path, issuer], issuer);
    if ('paths' in found) return found.paths;
    notes.problem = found.problem;
    return [];
  }
}

interface Candidate {
  readonly path: Path;
  readonly last: Certificate;
  readonly issuer: Certificate;
  readonly kind: 'root' | 'intermediate';
}

/** What is said if no way is found: the last thing that was wrong with a candidate that had signed, else the first of any. */
interface Notes {
  problem?: VerifyProblem | undefined;
  hint?: { readonly problem: string; readonly candidate: Certificate };
}

/** Those whose key identifier fits first, then those where one side has none, then the others; none is left out. */
function byPlausibility(issuers: readonly Certificate[], { extensions }: Certificate): readonly Certificate[] {
  if (issuers.length < 2) return issuers;
  const wanted = extensions.authorityKeyId ?? EMPTY;
  const ranked: [Certificate[], Certificate[], Certificate[]] = [[], [], []];
  for (const issuer of issuers) {
    const offered = issuer.extensions.subjectKeyId ?? EMPTY;
    const rank = offered.equals(wanted) ? 0 : (offered.length === 0) !== (wanted.length === 0) ? 1 : 2;
    ranked[rank].push(issuer);
  }
  return ranked.flat();
}

const EMPTY = Buffer.alloc(0);

/** A path never comes to the same name, key and alternative names twice, or it would go round in circles. */
function isIn(path: Path, candidate: Certificate): boolean {
  const names = candidate.alternativeNames?.der;
  for (const seen of path) {
    if (!seen.subject.equals(candidate.subject) || !seen.publicKeyInfo.equals(candidate.publicKeyInfo)) continue;
    const other = seen.alternativeNames?.der;
    if (names === undefined || other === undefined) return names === other;
    if (names.equals(other)) return true;
  }
  return false;
}

interface Place {
  readonly path: Path;
  readonly kind: 'root' | 'intermediate';
  readonly nowSeconds: number;
}

/** Why a certificate that has signed the last one of a path cannot be the next one of it. */
function candidateProblem(issuer: Certificate, { path, kind, nowSeconds }: Place): VerifyProblem | undefined {
  const { hasUnhandledCritical, basicConstraints } = issuer.extensions;
  if (hasUnhandledCritical === true) return UNHANDLED_CRITICAL;
  const time = timeProblem(issuer, nowSeconds);
  if (time !== undefined) return time;
  if (kind === 'intermediate' && basicConstraints?.isAuthority !== true) {
    return invalid('x509: certificate is not authorized to sign other certificates');
  }
  const { pathLength } = basicConstraints ?? {};
  if (pathLength !== undefined && path.length - 1 > pathLength) {
    return invalid('x509: too many intermediates for path length constraint');
  }
  return undefined;
}

/** Why the leaf itself is not acceptable, before any path is looked for. */
export function leafProblem(leaf: Certificate, nowSeconds: number): VerifyProblem | undefined {
  if (leaf.extensions.hasUnhandledCritical === true) return UNHANDLED_CRITICAL;
  return timeProblem(leaf, nowSeconds);
}

const UNHANDLED_CRITICAL = invalid('x509: unhandled critical extension');
