import { goQuote } from '../../values/go/go-quote.js';
import { formatIpBytes, isIpAddress } from '../ip-address.js';
import type { Certificate } from './certificate.js';
import { isValidDomain, toLowerAscii } from './domain.js';
import { DomainTree } from './domain-tree.js';
import type { AlternativeNames, CertificateUri, Subtrees } from './general-names.js';
import { IpTree } from './ip-tree.js';
import { type Mailbox, parseMailbox } from './mailbox.js';
import { shortened } from './shortened.js';

/** The names of one certificate in the form in which they are compared. */
interface ClaimedNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly Buffer[];
  readonly uris: readonly { readonly text: string; readonly domain: string }[];
  readonly mailboxes: readonly Mailbox[];
}

/**
 * Returns why the authorities of a path, given from the leaf to its anchor, must not sign for all names below them (RFC
 * 5280, section 4.2.1.10), in Go's words, or undefined if they may. It yields after each certificate, because names and
 * constraints can be many.
 */
export function* nameConstraintsProblem(path: readonly Certificate[]): Generator<void, string | undefined> {
  for (const [index, { alternativeNames }] of path.entries()) {
    const above = path.slice(index + 1).filter(({ extensions }) => hasAny(extensions.nameConstraints));
    if (alternativeNames === undefined || above.length === 0) continue;
    yield;
    const claimed = claimedNames(alternativeNames);
    if (typeof claimed === 'string') return claimed;
    for (const authority of above) {
      yield;
      const problem = checkedBy(authority).problemOf(claimed);
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
function claimedNames({ dnsNames, ipAddresses, uris, mailAddresses }: AlternativeNames): ClaimedNames | string {
  const hosts: { text: string; domain: string }[] = [];
  for (const uri of uris) {
    const host = hostOf(uri);
    if ('problem' in host) return host.problem;
    hosts.push({ text: uri.text, domain: host.domain });
  }
  const mailboxes: Mailbox[] = [];
  for (const address of mailAddresses) {
    const mailbox = parseMailbox(address);
    if (mailbox === undefined) return `cannot parse rfc822Name ${quote(address)}`;
    mailboxes.push({ local: mailbox.local, domain: mailbox.domain.toLowerCase() });
  }
  return { dnsNames, ipAddresses, uris: hosts, mailboxes };
}

function hostOf({ text, host }: CertificateUri): { readonly domain: string } | { readonly problem: string } {
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

  problemOf(names: ClaimedNames): string | undefined {
    for (const address of names.ipAddresses) {
      const found = this.#judge('IP address', formatIpBytes(address), (set) => set.addresses?.find(address));
      if (found !== undefined) return found;
    }
    for (const name of names.dnsNames) {
      if (!isValidDomain(name)) return `x509: cannot parse dnsName ${quote(name)}`;
      const found = this.#judge('DNS name', name, (set) => set.domains?.find(name));
      if (found !== undefined) return found;
    }
    for (const { text, domain } of names.uris) {
      const found = this.#judge('URI', text, (set) => set.hosts?.find(domain));
      if (found !== undefined) return found;
    }
    for (const mailbox of names.mailboxes) {
      const text = `${mailbox.local}@${mailbox.domain}`;
      const found = this.#judge('email address', text, (set) => set.mail?.find(mailbox));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** `find` returns undefined if the set has no constraints of the kind, and null if none of them matches. */
  #judge(kind: string, name: string, find: (set: ConstraintSet) => string | null | undefined): string | undefined {
    if (find(this.#permitted) === null) return `${kind} ${quote(name)} is not permitted by any constraint`;
    const excluded = find(this.#excluded);
    if (excluded === null || excluded === undefined) return undefined;
    return `${kind} ${quote(name)} is excluded by constraint ${quote(excluded)}`;
  }
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
