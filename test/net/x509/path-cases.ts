import {
  authority,
  authorityKeyId,
  keyUsage,
  localhost,
  notAuthority,
  subjectKeyId,
} from '../../helpers/tls/certificate-extensions.js';
import { generalizedTime, type Made, make, utcTime } from '../../helpers/tls/certificate-writer.js';
import { dn } from '../../helpers/tls/der-names.js';
import { below, type ChainCase, direct, middle, root, server } from './chain-case.js';

/** Ways to an anchor: which there are, how they are found, and what may stand in them. */
export function pathCases(): ChainCase[] {
  return [...simple(), ...sameNames(), ...keyIdentifiers(), ...authorities(), ...long(), ...times()];
}

function simple(): ChainCase[] {
  const other = make({ subject: 'other', key: 'ec-other', extensions: [authority()] });
  const between = middle(root);
  const leaf = server(between);
  const own = make({ subject: 'own', key: 'ec-leaf', extensions: [localhost] });
  const pinned = make({ subject: 'own', key: 'ec-leaf', extensions: [localhost, keyUsage(5, 6)] });
  const stranger = make({ subject: 'stranger', key: 'ec-stranger', extensions: [authority()] });
  const crossed = make({ subject: 'middle', key: 'ec-middle', by: other, extensions: [authority()] });
  return [
    { title: 'a root and a leaf', leaf: server(root), ca: [root] },
    { title: 'an intermediate', leaf, others: [between], ca: [root] },
    { title: 'an intermediate that is missing', leaf, ca: [root] },
    { title: 'the root sent along', leaf, others: [between, root], ca: [root] },
    { title: 'another root sent along', leaf: server(stranger), others: [stranger], ca: [root] },
    { title: 'an unknown root', leaf: server(other), ca: [root] },
    { title: 'an intermediate as the anchor', leaf, ca: [between] },
    { title: 'the leaf as the anchor', leaf, ca: [leaf] },
    { title: 'self-signed, trusted', leaf: own, ca: [own] },
    { title: 'self-signed, not trusted', leaf: own, ca: [root] },
    { title: 'self-signed for signing only, pinned', leaf: pinned, ca: [pinned] },
    { title: 'a stray certificate first', leaf, others: [stranger, between], ca: [root] },
    { title: 'an intermediate twice', leaf, others: [between, between], ca: [root] },
    { title: 'the leaf twice', leaf, others: [leaf, between], ca: [root] },
    { title: 'two ways', leaf, others: [between, crossed], ca: [root, other] },
    { title: 'the second way only', leaf, others: [between, crossed], ca: [other] },
    { title: 'a forged leaf', leaf: server(root, [], { forged: true }), ca: [root] },
    { title: 'a forged intermediate', leaf, others: [middle(root, [], { forged: true })], ca: [root] },
    { title: 'two anchors of which one is unreadable', leaf, others: [between], ca: [negative(), root] },
  ];
}

function negative(): Made {
  return make({ subject: 'root', key: 'ec-root', serial: 'ff', extensions: [authority()] });
}

/** Authorities that were renewed under their name, in either order. */
function sameNames(): ChainCase[] {
  const old = make({ subject: 'renewed', key: 'ec-old', extensions: [authority()] });
  const renewed = make({ subject: 'renewed', key: 'ec-new', extensions: [authority()] });
  const byOld = server(old);
  const byNew = server(renewed);
  const expired = make({
    ...{ subject: 'renewed', key: 'ec-new', extensions: [authority()] },
    notAfter: utcTime('210607080910Z'),
  });
  const first = middle(root, [], { key: 'ec-m1' });
  const second = middle(root, [], { key: 'ec-m2' });
  const leaf = server(second);
  const unnamed = make({ subject: dn(['O', 'Only an organization']), key: 'ec-u1', extensions: [authority()] });
  const impostor = make({ subject: dn(['O', 'Only an organization']), key: 'ec-u2', extensions: [authority()] });
  const nameless = make({ subject: dn(), key: 'ec-u3', serial: '0102', extensions: [authority()] });
  const otherNameless = make({ subject: dn(), key: 'ec-u4', serial: '0304', extensions: [authority()] });
  const twice = ['a', 'b', 'c', 'd'].map((each) => middle(root, [], { key: `ec-${each}` }));
  return [
    { title: 'old and new authority, leaf of the old', leaf: byOld, ca: [old, renewed] },
    { title: 'new and old authority, leaf of the old', leaf: byOld, ca: [renewed, old] },
    { title: 'old and new authority, leaf of the new', leaf: byNew, ca: [old, renewed] },
    { title: 'new and old authority, leaf of the new', leaf: byNew, ca: [renewed, old] },
    { title: 'the same authority, expired first', leaf: byNew, ca: [expired, renewed] },
    { title: 'the same authority, expired last', leaf: byNew, ca: [renewed, expired] },
    { title: 'the same authority, expired only', leaf: byNew, ca: [expired] },
    { title: 'the old authority only', leaf: byNew, ca: [old] },
    { title: 'two intermediates of one name', leaf, others: [first, second], ca: [root] },
    { title: 'two intermediates of one name, turned', leaf, others: [second, first], ca: [root] },
    { title: 'the wrong one of two intermediates', leaf, others: [first], ca: [root] },
    { title: 'four intermediates of one name', leaf: server(twice[3]!), others: twice, ca: [root] },
    { title: 'a candidate without a common name', leaf: server(impostor), ca: [unnamed] },
    { title: 'a candidate without any name', leaf: server(otherNameless), ca: [nameless] },
    { title: 'a nameless authority', leaf: server(nameless), ca: [nameless] },
  ];
}

function keyIdentifiers(): ChainCase[] {
  const rows: readonly (readonly [title: string, ofLeaf: string, first: string, second: string])[] = [
    ['a fitting identifier', 'two', 'one', 'two'],
    ['an identifier that fits nobody', 'none', 'one', 'two'],
    ['an identifier that fits the wrong one', 'one', 'one', 'two'],
    ['no identifiers', '', '', ''],
    ['an identifier of the leaf only', 'two', '', ''],
    ['identifiers of the authorities only', '', 'one', 'two'],
  ];
  return rows.map(([title, ofLeaf, first, second]) => {
    const anchor = (id: string, key: string): Made =>
      make({ subject: 'identified', key, extensions: [authority(), ...(id === '' ? [] : [subjectKeyId(id)])] });
    const signer = anchor(second, 'ec-i2');
    const leaf = server(signer, ofLeaf === '' ? [] : [authorityKeyId(ofLeaf)]);
    return { title, leaf, ca: [anchor(first, 'ec-i1'), signer] };
  });
}

/** Rules on who may sign at all. */
function authorities(): ChainCase[] {
  const version1 = make({ subject: 'v1', key: 'ec-v1', version: 1 });
  const version2 = make({ subject: 'v2', key: 'ec-v2', version: 2 });
  const oldMiddle = make({ subject: 'middle', key: 'ec-middle', by: root, version: 1 });
  const plain = make({ subject: 'plain', key: 'ec-plain' });
  const plainMiddle = make({ subject: 'middle', key: 'ec-middle', by: root });
  const denied = make({ subject: 'denied', key: 'ec-denied', extensions: [notAuthority] });
  const unsigning = make({ subject: 'unsigning', key: 'ec-un', extensions: [authority(), keyUsage(0, 6)] });
  const noBits = make({ subject: 'no bits', key: 'ec-nb', extensions: [authority(), keyUsage()] });
  return [
    { title: 'a root of version 1', leaf: server(version1), ca: [version1] },
    { title: 'a root of version 2', leaf: server(version2), ca: [version2] },
    { title: 'a leaf of version 1', leaf: make({ subject: 'localhost', by: root, version: 1 }), ca: [root] },
    { title: 'an intermediate of version 1', leaf: server(oldMiddle), others: [oldMiddle], ca: [root] },
    { title: 'a root without basic constraints', leaf: server(plain), ca: [plain] },
    {
      title: 'an intermediate without basic constraints',
      leaf: server(plainMiddle),
      others: [plainMiddle],
      ca: [root],
    },
    { title: 'a root that is no authority', leaf: server(denied), ca: [denied] },
    { title: 'a root whose key may not sign', leaf: server(unsigning), ca: [unsigning] },
    { title: 'a root whose key usage is empty', leaf: server(noBits), ca: [noBits] },
    below('an intermediate whose key may not sign', [keyUsage(0)]),
    below('an intermediate whose key may', [keyUsage(5, 6)]),
    direct('a leaf that is an authority', [authority()]),
  ];
}

function long(): ChainCase[] {
  const chain = (count: number, extensions = [authority()]): ChainCase => {
    const all: Made[] = [];
    for (let each = 0, by = root; each < count; each++) {
      by = make({ subject: `m${each}`, key: `ec-m${each % 4}`, by, extensions });
      all.unshift(by);
    }
    return { title: `${count} intermediates`, leaf: server(all[0]!), others: all, ca: [root] };
  };
  const limited = (limit: number, count: number): ChainCase => {
    const anchor = make({ subject: 'limited', key: 'ec-limited', extensions: [authority(limit)] });
    const all: Made[] = [];
    for (let each = 0, by = anchor; each < count; each++) {
      by = make({ subject: `l${each}`, key: `ec-m${each}`, by, extensions: [authority()] });
      all.unshift(by);
    }
    const leaf = server(all[0] ?? anchor);
    return { title: `${count} intermediates where ${limit} may be`, leaf, others: all, ca: [anchor] };
  };
  const selfIssued = make({ subject: 'limited', key: 'ec-self', by: root, issuer: dn(['CN', 'limited']) });
  return [
    ...[14, 30].map((count) => chain(count)),
    ...[limited(0, 0), limited(0, 1), limited(1, 1), limited(1, 2), limited(2, 1)],
    { title: 'many authorities of one name', ...loop(9) },
    { title: 'too many authorities of one name', ...loop(12) },
    { title: 'an issuer that never was', leaf: server(selfIssued), others: [selfIssued], ca: [root] },
  ];
}

/** Authorities that all bear one name and each sign each other: the ways among them are endless. */
function loop(count: number): Omit<ChainCase, 'title'> {
  const name = dn(['CN', 'looping']);
  const all = Array.from({ length: count }, (_, index) =>
    make({ subject: name, key: `ec-loop${index}`, extensions: [authority()] }),
  );
  const crossed = all.map((each, index) =>
    make({ subject: name, key: each.keyName, by: all[(index + 1) % count]!, extensions: [authority()] }),
  );
  return { leaf: server(all[0]!), others: crossed, ca: [root] };
}

function times(): ChainCase[] {
  const past = utcTime('210607080910Z');
  const expired = middle(root, [], { notAfter: past });
  const future = middle(root, [], {
    notBefore: generalizedTime('20800102030405Z'),
    notAfter: generalizedTime('20810102030405Z'),
  });
  const oldRoot = make({ subject: 'old root', key: 'ec-or', notAfter: past, extensions: [authority()] });
  return [
    direct('expired', [], { notAfter: past }),
    direct('not yet valid', [], {
      notBefore: generalizedTime('20800102030405Z'),
      notAfter: generalizedTime('20810102030405Z'),
    }),
    direct('UTCTime without seconds', [], { notBefore: utcTime('2001010000Z'), notAfter: utcTime('4912312359Z') }),
    direct('UTCTime without seconds, expired', [], { notAfter: utcTime('2106070809Z') }),
    direct('a time in a zone', [], { notAfter: utcTime('491231235959+0200') }),
    direct('a year of the last century', [], { notAfter: utcTime('500101000000Z') }),
    direct('the year 9999', [], { notAfter: generalizedTime('99991231235959Z') }),
    { title: 'an expired intermediate', leaf: server(expired), others: [expired], ca: [root] },
    { title: 'an intermediate of the future', leaf: server(future), others: [future], ca: [root] },
    { title: 'an expired root', leaf: server(oldRoot), ca: [oldRoot] },
    {
      title: 'an expired intermediate and a valid one',
      leaf: server(expired),
      others: [expired, middle(root)],
      ca: [root],
    },
  ];
}
