import type { Certificate } from './certificate.js';

/** The policy anyPolicy, 2.5.29.32.0. */
const ANY = '551d2000';

/** A policy that is valid at one certificate of a path, with the names that the next certificate may use for it. */
interface Node {
  readonly policy: string;
  expected: readonly string[];
  readonly parents: Set<Node>;
  readonly children: Set<Node>;
}

/**
 * Whether the policies of a path from the leaf to its anchor are valid: the algorithm of RFC 5280, section 6.1, with
 * the graph of RFC 9618, which is linear. Any policy is accepted, and none is required unless a certificate requires
 * one.
 */
export function hasValidPolicies(path: readonly Certificate[]): boolean {
  if (path.length === 1 || path.every(({ extensions }) => isFree(extensions))) return true;
  return new PolicyCheck(path).isValid();
}

/** Whether a certificate neither requires nor maps policies. Only one that does can make a path invalid. */
function isFree({ policyLimits, policyMappings }: Certificate['extensions']): boolean {
  return policyLimits?.requireExplicit === undefined && policyMappings === undefined;
}

class PolicyCheck {
  readonly #path: readonly Certificate[];
  /** The number of certificates left until each rule applies. */
  #inhibitAny: number;
  #requireExplicit: number;
  #inhibitMapping: number;
  /** The nodes at each depth, by policy; undefined once no policy is valid any more. */
  #graph: Map<string, Node>[] | undefined;

  constructor(path: readonly Certificate[]) {
    this.#path = path;
    this.#inhibitAny = this.#requireExplicit = this.#inhibitMapping = path.length;
    this.#graph = [new Map([[ANY, makeNode(ANY, [])]])];
  }

  isValid(): boolean {
    for (let index = this.#path.length - 2; index >= 0; index--) {
      const certificate = this.#path[index];
      if (certificate === undefined || !this.#take(certificate, index === 0)) return false;
    }
    if (this.#requireExplicit > 0) this.#requireExplicit--;
    if (this.#path[0]?.extensions.policyLimits?.requireExplicit === 0) this.#requireExplicit = 0;
    return this.#requireExplicit > 0 || this.#hasPolicy();
  }

  /** Returns false as soon as the path cannot become valid any more. */
  #take(certificate: Certificate, isLeaf: boolean): boolean {
    const { policies = [], policyMappings = [] } = certificate.extensions;
    const isSelfIssued = certificate.issuer.equals(certificate.subject);
    if (policies.length === 0) this.#graph = undefined;
    if (this.#requireExplicit === 0 && this.#graph === undefined) return false;
    if (this.#graph !== undefined) {
      this.#descend(this.#graph, policies, this.#inhibitAny > 0 || (!isLeaf && isSelfIssued));
      if (!isLeaf && !this.#map(this.#graph, policyMappings)) return false;
    }
    if (!isLeaf) this.#count(certificate, isSelfIssued);
    return true;
  }

  /** RFC 9618, section 5.3: (d) 1 to 3. */
  #descend(graph: Map<string, Node>[], policies: readonly string[], mayUseAny: boolean): void {
    const above = graph.at(-1) ?? new Map<string, Node>();
    const byExpected = parentsByExpected(above);
    const anyParent = above.get(ANY);
    const leaves = new Map<string, Node>();
    graph.push(leaves);
    for (const policy of policies) {
      if (policy === ANY) continue;
      const parents = byExpected.get(policy) ?? (anyParent === undefined ? [] : [anyParent]);
      if (parents.length > 0) leaves.set(policy, makeNode(policy, parents));
    }
    if (policies.includes(ANY) && mayUseAny) {
      for (const [policy, parents] of byExpected) {
        if (!leaves.has(policy)) leaves.set(policy, makeNode(policy, parents));
      }
    }
    prune(graph);
  }

  /** RFC 9618, section 5.4: (b). Returns false for a mapping from or to anyPolicy. */
  #map(graph: Map<string, Node>[], mappings: readonly { issuer: string; subject: string }[]): boolean {
    const leaves = graph.at(-1) ?? new Map<string, Node>();
    const subjects = new Map<string, string[]>();
    for (const { issuer, subject } of mappings) {
      if (this.#inhibitMapping === 0) remove(leaves, issuer);
      else if (issuer === ANY || subject === ANY) return false;
      else append(subjects, issuer, subject);
    }
    if (this.#inhibitMapping === 0 && mappings.length > 0) prune(graph);
    for (const [issuer, expected] of subjects) {
      const any = leaves.get(ANY);
      const node = leaves.get(issuer) ?? (any === undefined ? undefined : makeNode(issuer, [any]));
      if (node === undefined) continue;
      node.expected = expected;
      leaves.set(issuer, node);
    }
    return true;
  }

  /** RFC 5280, section 6.1.4: (h) to (j). */
  #count({ extensions }: Certificate, isSelfIssued: boolean): void {
    const step = isSelfIssued ? 0 : 1;
    const { policyLimits, inhibitAnyPolicy } = extensions;
    const next = (left: number, limit: number | undefined): number =>
      Math.min(Math.max(0, left - step), limit === undefined || limit < 0 ? Infinity : limit);
    this.#requireExplicit = next(this.#requireExplicit, policyLimits?.requireExplicit);
    this.#inhibitMapping = next(this.#inhibitMapping, policyLimits?.inhibitMapping);
    this.#inhibitAny = next(this.#inhibitAny, inhibitAnyPolicy);
  }

  /** Whether a policy is left: one that descends from anyPolicy at any depth, or anyPolicy itself at the end. */
  #hasPolicy(): boolean {
    const graph = this.#graph ?? [];
    if (graph.at(-1)?.has(ANY) === true) return true;
    return graph.some((nodes) => [...nodes.values()].some(isAuthorityPolicy));
  }
}

function isAuthorityPolicy({ policy, parents }: Node): boolean {
  return policy !== ANY && parents.size === 1 && [...parents][0]?.policy === ANY;
}

function makeNode(policy: string, parents: readonly Node[]): Node {
  const node: Node = { policy, expected: [policy], parents: new Set(parents), children: new Set() };
  for (const parent of parents) parent.children.add(node);
  return node;
}

function parentsByExpected(nodes: ReadonlyMap<string, Node>): Map<string, Node[]> {
  const parents = new Map<string, Node[]>();
  for (const node of nodes.values()) {
    for (const policy of node.expected) {
      append(parents, policy, node);
    }
  }
  return parents;
}

function remove(nodes: Map<string, Node>, policy: string): void {
  const node = nodes.get(policy);
  if (node === undefined) return;
  for (const parent of node.parents) parent.children.delete(node);
  nodes.delete(policy);
}

/** Removes the nodes without children, from the bottom up. */
function prune(graph: Map<string, Node>[]): void {
  for (let depth = graph.length - 2; depth > 0; depth--) {
    const nodes = graph[depth] ?? new Map<string, Node>();
    for (const [policy, { children }] of nodes) if (children.size === 0) remove(nodes, policy);
  }
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
