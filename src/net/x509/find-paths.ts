import type { Steps } from '../../values/in-slices.js';
import type { TrustStore } from '../tls/trust-store.js';
import type { Certificate } from './certificate.js';
import { signatureProblem } from './signature.js';
import { invalid, timeProblem, unknownAuthority, type VerifyProblem } from './verify-problem.js';

/** A path from the server's certificate to a trusted one, both included. */
export type Path = readonly Certificate[];

/** The inputs of a search for certification paths, and its record of certificates. */
export interface PathSearch {
  readonly trust: TrustStore;
  /** The certificates that the server sent besides its own. */
  readonly intermediates: TrustStore;
  readonly nowSeconds: number;
  /** Receives every certificate that the search looks at. Their dates decide how long the result is valid. */
  readonly seen: Set<Certificate>;
}

/** The most candidates that one search looks at, which bounds its cost. Go has the same limit. */
const MOST_CANDIDATES = 100;
const LIMIT = invalid('x509: signature check attempts limit reached while verifying certificate chain');

/** The paths, at least one, or why there is none. */
export type Found = { readonly paths: readonly Path[] } | { readonly problem: VerifyProblem };

/**
 * Finds all paths from `leaf` to an anchor, or says why there is none. This is the search of Go's buildChains, with its
 * order and its limit.
 */
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

/**
 * The message if no path is found: the last problem of a candidate whose signature was right, otherwise the first
 * problem of any.
 */
interface Notes {
  problem?: VerifyProblem | undefined;
  hint?: { readonly problem: string; readonly candidate: Certificate };
}

/** Sorts issuers: first those whose key identifier matches, then those where one side has none, then the others. */
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

/** A path must not have the same name, key and alternative names twice; it could loop for ever. */
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

/** Returns why the issuer of a path's last certificate cannot be the next one, or undefined. */
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

/** Returns why the leaf itself is not acceptable, before any path is searched, or undefined. */
export function leafProblem(leaf: Certificate, nowSeconds: number): VerifyProblem | undefined {
  if (leaf.extensions.hasUnhandledCritical === true) return UNHANDLED_CRITICAL;
  return timeProblem(leaf, nowSeconds);
}

const UNHANDLED_CRITICAL = invalid('x509: unhandled critical extension');
