import { formatIpBytes, isIpAddress } from '../../values/address/ip-address.js';
import { goQuote } from '../../values/go/go-quote.js';
import type { Steps } from '../../values/in-slices.js';
import type { Certificate } from './certificate.js';
import { isValidDomain, toLowerAscii } from './domain.js';
import { DomainTree } from './domain-tree.js';
import { type AlternativeNames, hostOfUri, type Subtrees } from './general-names.js';
import { IpTree } from './ip-tree.js';
import { type Mailbox, parseMailbox } from './mailbox.js';
import { shortened } from './shortened.js';

/** Names judged in one step, which takes well below a millisecond. */
const NAMES_A_STEP = 128;

/** The names of one certificate in the form in which they are compared. */
interface ClaimedNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly Buffer[];
  readonly uris: readonly { readonly text: string; readonly domain: string }[];
  readonly mailboxes: readonly Mailbox[];
}

/**
 * Returns why the authorities of a path, given from the leaf to its anchor, must not sign for all names below them (RFC
 * 5280, section 4.2.1.10), in Go's words, or undefined if they may. It yields after each certificate and within long
 * lists, because names and constraints can be many.
 */
export function* nameConstraintsProblem(path: readonly Certificate[]): Steps<string | undefined> {
  for (const [index, { alternativeNames }] of path.entries()) {
    const above = path.slice(index + 1).filter(({ extensions }) => hasAny(extensions.nameConstraints));
    if (alternativeNames === undefined || above.length === 0) continue;
    yield;
    const claimed = yield* claimedNames(alternativeNames);
    if (typeof claimed === 'string') return claimed;
    for (const authority of above) {
      yield;
      const problem = yield* checkedBy(authority).problemOf(claimed);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function hasAny(constraints: Certificate['extensions']['nameConstraints']): boolean {
  return constraints !== undefined;
}

const checks = new WeakMap<Certificate, ConstraintCheck>();

function checkedBy(authority: Certificate): ConstraintCheck {
  let check = checks.get(authority);
  if (check === undefined) checks.set(authority, (check = new ConstraintCheck(authority)));
  return check;
}

/** Returns a problem if a name cannot be compared with constraints. */
function* claimedNames(names: AlternativeNames): Steps<ClaimedNames | string> {
  const { dnsNames, ipAddresses, uris, mailAddresses } = names;
  const hosts: { text: string; domain: string }[] = [];
  for (const uri of uris) {
    const host = hostOf(uri);
    if ('problem' in host) return host.problem;
    hosts.push({ text: uri, domain: host.domain });
    if (hosts.length % NAMES_A_STEP === 0) yield;
  }
  const mailboxes: Mailbox[] = [];
  for (const address of mailAddresses) {
    const mailbox = parseMailbox(address);
    if (mailbox === undefined) return `cannot parse rfc822Name ${quote(address)}`;
    mailboxes.push({ local: mailbox.local, domain: mailbox.domain.toLowerCase() });
    if (mailboxes.length % NAMES_A_STEP === 0) yield;
  }
  return { dnsNames, ipAddresses, uris: hosts, mailboxes };
}

function hostOf(text: string): { readonly domain: string } | { readonly problem: string } {
  const host = hostOfUri(text);
  if (host === '') return { problem: `URI with empty host (${quote(text)}) cannot be matched against constraints` };
  const colon = host.endsWith(']') ? -1 : host.lastIndexOf(':');
  const domain = colon === -1 ? host.toLowerCase() : host.slice(0, colon);
  const isAddress = isIpAddress(domain) || (domain.startsWith('[') && domain.endsWith(']'));
  return isAddress ? { problem: `URI with IP (${quote(text)}) cannot be matched against constraints` } : { domain };
}

/** The constraints of one authority, prepared for many names. */
class ConstraintCheck {
  readonly #permitted: ConstraintSet;
  readonly #excluded: ConstraintSet;

  constructor({ extensions: { nameConstraints } }: Certificate) {
    this.#permitted = new ConstraintSet(nameConstraints?.permitted ?? NO_SUBTREES, 'permitted');
    this.#excluded = new ConstraintSet(nameConstraints?.excluded ?? NO_SUBTREES, 'excluded');
  }

  *problemOf({ ipAddresses, dnsNames, uris, mailboxes }: ClaimedNames): Steps<string | undefined> {
    return (
      (yield* firstProblem(ipAddresses, (address) =>
        this.#judge('IP address', formatIpBytes(address), (set) => set.addresses?.find(address)),
      )) ??
      (yield* firstProblem(dnsNames, (name) =>
        isValidDomain(name)
          ? this.#judge('DNS name', name, (set) => set.domains?.find(name))
          : `x509: cannot parse dnsName ${quote(name)}`,
      )) ??
      (yield* firstProblem(uris, ({ text, domain }) => this.#judge('URI', text, (set) => set.hosts?.find(domain)))) ??
      (yield* firstProblem(mailboxes, (mailbox) =>
        this.#judge('email address', `${mailbox.local}@${mailbox.domain}`, (set) => set.mail?.find(mailbox)),
      ))
    );
  }

  /** `find` returns undefined if the set has no constraints of the kind, and null if none of them matches. */
  #judge(kind: string, name: string, find: (set: ConstraintSet) => string | null | undefined): string | undefined {
    if (find(this.#permitted) === null) return `${kind} ${quote(name)} is not permitted by any constraint`;
    const excluded = find(this.#excluded);
    if (excluded === null || excluded === undefined) return undefined;
    return `${kind} ${quote(name)} is excluded by constraint ${quote(excluded)}`;
  }
}

function* firstProblem<T>(names: readonly T[], problemOf: (name: T) => string | undefined): Steps<string | undefined> {
  for (const [index, name] of names.entries()) {
    const problem = problemOf(name);
    if (problem !== undefined) return problem;
    if (index % NAMES_A_STEP === NAMES_A_STEP - 1) yield;
  }
  return undefined;
}

const NO_SUBTREES: Subtrees = { dnsDomains: [], mailAddresses: [], uriDomains: [], ipRanges: [] };

/** The constraints by kind; undefined for kinds without constraints. */
class ConstraintSet {
  readonly addresses: IpTree | undefined;
  readonly domains: DomainTree | undefined;
  readonly hosts: DomainTree | undefined;
  readonly mail: MailSet | undefined;

  constructor({ ipRanges, dnsDomains, uriDomains, mailAddresses }: Subtrees, kind: 'permitted' | 'excluded') {
    if (ipRanges.length > 0) this.addresses = new IpTree(ipRanges);
    if (dnsDomains.length > 0) this.domains = new DomainTree(dnsDomains, kind);
    if (uriDomains.length > 0) this.hosts = new DomainTree(uriDomains, kind);
    if (mailAddresses.length > 0) this.mail = new MailSet(mailAddresses, kind);
  }
}

/** A set of whole addresses, and of domains for all their addresses. */
class MailSet {
  readonly #addresses: ReadonlySet<string>;
  readonly #domains: DomainTree;

  constructor(constraints: readonly string[], kind: 'permitted' | 'excluded') {
    const mailboxes = constraints.filter((each) => each.includes('@')).map(parseMailbox);
    const whole = mailboxes.flatMap((each) => (each === undefined ? [] : [keyOf(each)]));
    this.#addresses = new Set(whole);
    this.#domains = new DomainTree(
      constraints.filter((each) => !each.includes('@')),
      kind,
    );
  }

  find(mailbox: Mailbox): string | null {
    return this.#addresses.has(keyOf(mailbox)) ? keyOf(mailbox) : this.#domains.find(mailbox.domain);
  }
}

function keyOf({ local, domain }: Mailbox): string {
  return `${local}@${toLowerAscii(domain)}`;
}

function quote(text: string): string {
  return goQuote(shortened(text));
}
