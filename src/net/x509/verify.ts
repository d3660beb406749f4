import type { Steps } from '../../values/in-slices.js';
import { certificateSet, type TrustStore } from '../tls/trust-store.js';
import type { Certificate } from './certificate.js';
import { nameMismatch } from './certificate-name.js';
import { findPaths, leafProblem, type Path } from './find-paths.js';
import { nameConstraintsProblem } from './name-constraints.js';
import { hasValidPolicies } from './policy-graph.js';
import { invalid, type VerifyProblem } from './verify-problem.js';

/** A server's certificates, and what to verify them with. */
export interface VerifyInput {
  readonly leaf: Certificate;
  readonly others: readonly Certificate[];
  readonly trust: TrustStore;
  readonly serverName: string;
  readonly nowSeconds: number;
}

/** The verified paths, at least one, or the problem. */
export type VerifyResult = (
  { readonly problem: VerifyProblem } | { readonly problem: undefined; readonly paths: readonly Path[] }
) & {
  /** The certificates that the result depends on. It is valid until the time passes one of their dates. */
  readonly seen: ReadonlySet<Certificate>;
};

/**
 * Verifies a server's certificate step by step as Go's Certificate.Verify does for a TLS client: the leaf, its names,
 * the paths to an anchor, and the policies, extended usages and name constraints of each path.
 */
export function* verifyCertificate(input: VerifyInput): Steps<VerifyResult> {
  const { leaf, others, trust, serverName, nowSeconds } = input;
  const seen = new Set([leaf]);
  const early = leafProblem(leaf, nowSeconds) ?? (yield* nameProblem(leaf, serverName));
  if (early !== undefined) return { problem: early, seen };
  if (trust.contains(leaf)) return { ...(yield* acceptable([[leaf]])), seen };
  yield;
  const intermediates = certificateSet(others);
  const found = yield* findPaths(leaf, { trust, intermediates, nowSeconds, seen });
  return { ...('problem' in found ? found : yield* acceptable(found.paths)), seen };
}

function* nameProblem(leaf: Certificate, serverName: string): Steps<VerifyProblem | undefined> {
  const message = yield* nameMismatch(leaf, serverName);
  return message === undefined ? undefined : { kind: 'name-mismatch', message };
}

type Accepted = { readonly problem: VerifyProblem } | { readonly problem: undefined; readonly paths: readonly Path[] };

function* acceptable(paths: readonly Path[]): Steps<Accepted> {
  const accepted: Path[] = [];
  let constrained: string | undefined;
  let withoutPolicy = 0;
  let withoutUsage = 0;
  for (const path of paths) {
    yield;
    if (!hasValidPolicies(path)) withoutPolicy++;
    else if (!allowsServers(path)) withoutUsage++;
    else {
      const problem = yield* nameConstraintsProblem(path);
      if (problem === undefined) accepted.push(path);
      constrained ??= problem;
    }
  }
  if (accepted.length > 0) return { problem: undefined, paths: accepted };
  return { problem: refusal(constrained, { withoutPolicy, withoutUsage }) };
}

function refusal(
  constrained: string | undefined,
  { withoutPolicy, withoutUsage }: { withoutPolicy: number; withoutUsage: number },
): VerifyProblem {
  if (constrained !== undefined) {
    return invalid(`x509: a root or intermediate certificate is not authorized to sign for this name: ${constrained}`);
  }
  if (withoutPolicy === 0) return invalid('x509: certificate specifies an incompatible key usage');
  const details = [`${withoutPolicy} candidate chains with invalid policies`];
  if (withoutUsage > 0) details.unshift(`${withoutUsage} candidate chains with incompatible key usage`);
  return invalid(`x509: no valid chains built: ${details.join(', ')}`);
}

const SERVER_AUTH = '2b06010505070301';
const ANY_USAGE = '551d2500';

/**
 * Whether every certificate that limits its usage allows TLS servers. Other usages for servers, such as Netscape's, do
 * not count.
 */
function allowsServers(path: Path): boolean {
  return path.every(({ extensions: { extendedUsages = [] } }) => {
    const isUnlimited = extendedUsages.length === 0 || extendedUsages.includes(ANY_USAGE);
    return isUnlimited || extendedUsages.includes(SERVER_AUTH);
  });
}
