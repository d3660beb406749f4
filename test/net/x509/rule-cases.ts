import {
  authority,
  constraints,
  extendedUsage,
  type GeneralName,
  inhibitAnyPolicy,
  keyUsage,
  localhost,
  names,
  policies,
  policyConstraints,
  policyMappings,
} from '../../helpers/tls/certificate-extensions.js';
import { type Extension, make } from '../../helpers/tls/certificate-writer.js';
import { dn, element } from '../../helpers/tls/der-names.js';
import { below, type ChainCase, direct, middle, root, server, under } from './chain-case.js';

/** What authorities may sign for: usages, names and policies. */
export function ruleCases(): ChainCase[] {
  return [...usages(), ...constrainedNames(), ...hostNames(), ...policyCases()];
}

function usages(): ChainCase[] {
  const limited = make({ subject: 'mail only', key: 'ec-mo', extensions: [authority(), extendedUsage('clientAuth')] });
  const step = middle(root, [extendedUsage('netscapeStepUp')]);
  const pinned = make({ subject: 'own', key: 'ec-leaf', extensions: [localhost, extendedUsage('clientAuth')] });
  return [
    direct('a usage for servers', [extendedUsage('serverAuth')]),
    direct('usages for servers and clients', [extendedUsage('clientAuth', 'serverAuth')]),
    direct('a usage for clients', [extendedUsage('clientAuth')]),
    direct('any usage', [extendedUsage('any')]),
    direct('an unknown usage', [extendedUsage('made')]),
    direct('an empty list of usages', [extendedUsage()]),
    direct("Netscape's step-up usage", [extendedUsage('netscapeStepUp')]),
    direct("Microsoft's step-up usage", [extendedUsage('microsoftStepUp')]),
    below('an intermediate for servers', [extendedUsage('serverAuth')], [extendedUsage('serverAuth')]),
    below('an intermediate for clients', [extendedUsage('clientAuth')]),
    below('an intermediate for any usage', [extendedUsage('any')], [extendedUsage('serverAuth')]),
    below('an intermediate for code', [extendedUsage('codeSigning')], [extendedUsage('serverAuth')]),
    { title: "an intermediate with Netscape's usage", leaf: server(step), others: [step], ca: [root] },
    { title: 'a root for clients', leaf: server(limited), ca: [limited] },
    { title: 'a pinned certificate for clients', leaf: pinned, ca: [pinned] },
    direct('a key for data only', [keyUsage(3)]),
    direct('a key for certificates only', [keyUsage(5, 6)]),
    direct('a key for agreement only', [keyUsage(4)]),
    direct('a key for deciphering only', [keyUsage(8)]),
    direct("Netscape's type: client", [['6086480186f8420101', Buffer.from('03020780', 'hex')]]),
    below("Netscape's type: server, of an intermediate", [['6086480186f8420101', Buffer.from('03020640', 'hex')]]),
  ];
}

/** Each row: what the root permits and excludes, and what the leaf is for beside localhost. */
type Row = readonly [
  title: string,
  permitted: readonly GeneralName[],
  excluded: readonly GeneralName[],
  claimed: readonly GeneralName[],
];

const V6 = '20010db8000000000000000000000000';
const ROWS: readonly Row[] = [
  ['a permitted name', [['dns', 'localhost']], [], []],
  ['a name that is not permitted', [['dns', 'example.com']], [], []],
  [
    'a name below a permitted one',
    [
      ['dns', 'localhost'],
      ['dns', 'example.com'],
    ],
    [],
    [['dns', 'a.b.Example.com']],
  ],
  [
    'a name that only ends alike',
    [
      ['dns', 'localhost'],
      ['dns', 'example.com'],
    ],
    [],
    [['dns', 'anexample.com']],
  ],
  [
    'a leading dot, the name itself',
    [
      ['dns', 'localhost'],
      ['dns', '.example.com'],
    ],
    [],
    [['dns', 'example.com']],
  ],
  [
    'a leading dot, a name below',
    [
      ['dns', 'localhost'],
      ['dns', '.example.com'],
    ],
    [],
    [['dns', 'a.example.com']],
  ],
  ['an empty permitted name', [['dns', '']], [], [['dns', 'example.com']]],
  ['an empty excluded name', [], [['dns', '']], []],
  ['an excluded name', [], [['dns', 'Example.com']], [['dns', 'a.example.com']]],
  ['permitted and excluded', [['dns', 'localhost']], [['dns', 'localhost']], []],
  ['an excluded name beside it', [], [['dns', 'b.example.com']], [['dns', 'a.example.com']]],
  ['a wildcard that stands for an excluded name', [], [['dns', 'b.example.com']], [['dns', '*.example.com']]],
  [
    'a wildcard below a permitted name',
    [
      ['dns', 'localhost'],
      ['dns', 'example.com'],
    ],
    [],
    [['dns', '*.example.com']],
  ],
  [
    'a wildcard above a permitted name',
    [
      ['dns', 'localhost'],
      ['dns', 'a.example.com'],
    ],
    [],
    [['dns', '*.example.com']],
  ],
  [
    'a hyphen among constraints',
    [
      ['dns', 'localhost'],
      ['dns', 'a.com'],
      ['dns', 'a-a.com'],
    ],
    [],
    [['dns', 'a.a.com']],
  ],
  ['an IP address without constraints for them', [['dns', 'localhost']], [], [['ip', '7f000001']]],
  ['a permitted IP range', [['ip', '7f000000ff000000']], [], [['ip', '7f000001']]],
  ['an IP address outside', [['ip', '0a000000ff000000']], [], [['ip', '7f000001']]],
  ['an excluded IP range', [], [['ip', '7f000000ff000000']], [['ip', '7f000001']]],
  ['host bits in a range', [['ip', '7f112233ff000000']], [], [['ip', '7f000001']]],
  ['an IPv6 range', [['ip', `${V6}ffffffff000000000000000000000000`]], [], [['ip', `${V6.slice(0, -2)}01`]]],
  ['an IPv6 address with ranges of IPv4 only', [['ip', '7f000000ff000000']], [], [['ip', `${V6.slice(0, -2)}01`]]],
  ['a mail address in a domain', [['mail', 'example.com']], [], [['mail', 'a@example.com']]],
  ['a mail address below a domain', [['mail', 'example.com']], [], [['mail', 'a@b.example.com']]],
  ['a mail address below a dot', [['mail', '.example.com']], [], [['mail', 'a@b.example.com']]],
  ['a permitted mail address', [['mail', 'a@example.com']], [], [['mail', 'a@Example.com']]],
  ['another mail address', [['mail', 'a@example.com']], [], [['mail', 'b@example.com']]],
  ['an excluded mail address', [], [['mail', 'a@example.com']], [['mail', 'a@example.com']]],
  ['a quoted mail address', [['mail', 'example.com']], [], [['mail', '"a b"@example.com']]],
  ['a mail address that is none', [['mail', 'example.com']], [], [['mail', 'nobody']]],
  ['a URI in a domain', [['uri', 'example.com']], [], [['uri', 'https://example.com/x']]],
  ['a URI below a domain', [['uri', 'example.com']], [], [['uri', 'https://a.example.com:8443/x']]],
  ['a URI below a dot', [['uri', '.example.com']], [], [['uri', 'spiffe://a.example.com/x']]],
  ['a URI outside', [['uri', 'example.com']], [], [['uri', 'https://example.org/x']]],
  ['a URI of an address', [['uri', 'example.com']], [], [['uri', 'https://127.0.0.1/x']]],
  ['a URI of an IPv6 address', [['uri', 'example.com']], [], [['uri', 'https://[::1]/x']]],
  ['a URI without a host', [['uri', 'example.com']], [], [['uri', 'urn:example']]],
  ['a URI without a host, only names constrained', [['dns', 'localhost']], [], [['uri', 'urn:example']]],
  ['an excluded URI', [], [['uri', 'example.com']], [['uri', 'https://example.com/x']]],
  ['only a directory is permitted', [['directory', dn(['O', 'x'])]], [], []],
];

function constrainedNames(): ChainCase[] {
  const rows = ROWS.map(([title, permitted, excluded, claimed]) =>
    under(title, [constraints(permitted, excluded)], [names(['dns', 'localhost'], ...claimed)]),
  );
  const upper = middle(root, [constraints([['dns', 'localhost']])], { key: 'ec-upper', subject: 'upper' });
  const lower = middle(upper, [constraints([['dns', 'example.com']])]);
  const namedMiddle = make({
    ...{ subject: 'middle', key: 'ec-middle', by: upper },
    extensions: [authority(), names(['dns', 'example.org'])],
  });
  const many = Array.from({ length: 600 }, (_, index): GeneralName => ['dns', `n${index}.example.com`]);
  const trees = Array.from({ length: 600 }, (_, index): GeneralName => ['dns', `t${index}.example.com`]);
  const wide = [...trees, ['dns', 'localhost'], ['dns', 'example.com']] as const;
  return [
    ...rows,
    { title: 'two constraints on one way', leaf: server(lower), others: [lower, upper], ca: [root] },
    { title: 'a constrained intermediate', leaf: server(upper), others: [upper], ca: [root] },
    { title: 'the names of an intermediate', leaf: server(namedMiddle), others: [namedMiddle, upper], ca: [root] },
    under('360,000 comparisons', [constraints(wide)], [names(['dns', 'localhost'], ...many)]),
    under('a leaf without names', [constraints([['dns', 'example.com']])], []),
  ];
}

function hostNames(): ChainCase[] {
  const rows: readonly (readonly [title: string, serverName: string, claimed: readonly GeneralName[]])[] = [
    ['a wildcard', 'a.example.com', [['dns', '*.example.com']]],
    ['a wildcard for two labels', 'a.b.example.com', [['dns', '*.example.com']]],
    ['a wildcard within a label', 'ab.example.com', [['dns', 'a*.example.com']]],
    ['a wildcard alone', 'localhost', [['dns', '*']]],
    ['another case', 'A.Example.COM', [['dns', 'a.eXample.com']]],
    ['an underscore', 'a_b.example.com', [['dns', 'a_b.example.com']]],
    ['a final dot in the certificate', 'example.com', [['dns', 'example.com.']]],
    ['an address', '127.0.0.1', [['ip', '7f000001']]],
    ['an address as a name', '127.0.0.1', [['dns', '127.0.0.1']]],
    ['another address', '127.0.0.1', [['ip', '7f000002']]],
    ['a name beside addresses', 'localhost', [['ip', '7f000001']]],
    ['mail only', 'localhost', [['mail', 'a@example.com']]],
    ['120 other names', 'localhost', Array.from({ length: 120 }, (_, index): GeneralName => ['dns', `n${index}.a`])],
  ];
  return rows.map(([title, serverName, claimed]) => ({
    ...{ title: `host name: ${title}`, serverName, ca: [root] },
    leaf: make({ subject: 'leaf', key: 'ec-leaf', by: root, extensions: [names(...claimed)] }),
  }));
}

const ONE = '2a0301';
const TWO = '2a0302';
const ANY = '551d2000';

/** Each row: the extensions of the intermediate and of the leaf. */
function policyCases(): ChainCase[] {
  const required = policyConstraints(0);
  const rows: readonly (readonly [title: string, ofMiddle: readonly Extension[], ofLeaf: readonly Extension[]])[] = [
    ['none required', [policies(ONE)], [policies(TWO)]],
    ['required and the same', [policies(ONE), required], [policies(ONE)]],
    ['required and another', [policies(ONE), required], [policies(TWO)]],
    ['required and missing', [policies(ONE), required], []],
    ['any policy', [policies(ANY), required], [policies(TWO)]],
    ['any policy of the leaf', [policies(ONE), required], [policies(ANY)]],
    ['any policy inhibited', [policies(ONE), required, inhibitAnyPolicy(0)], [policies(ANY)]],
    ['mapped', [policies(ONE), required, policyMappings([ONE, TWO])], [policies(TWO)]],
    ['mapped elsewhere', [policies(ONE), required, policyMappings([ONE, '2a0303'])], [policies(TWO)]],
    ['mapped from any', [policies(ONE), policyMappings([ANY, TWO])], [policies(TWO)]],
    ['required two steps later', [policies(ONE), policyConstraints(2)], []],
  ];
  const malformed: Extension = ['551d20', element(0x30, element(0x30))];
  return [
    ...rows.map(([title, ofMiddle, ofLeaf]) => below(`policies: ${title}`, ofMiddle, ofLeaf)),
    direct('policies: required by the leaf', [required]),
    direct('policies: malformed', [malformed]),
    direct('policies: the same twice', [policies(ONE, ONE)]),
  ];
}
