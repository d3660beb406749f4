import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { WireError } from '../../../src/net/dns/dns-format.js';
import { typeName, typeNumber } from '../../../src/probers/dns/dns-codes.js';
import { decodeMessage } from '../../../src/probers/dns/dns-message.js';
import { timeText } from '../../../src/probers/dns/rr-fields.js';
import { REPOSITORY } from '../../helpers/peer.js';
import { uint16, wireName, wireRecord, wireReply } from '../../helpers/servers/dns-bytes.js';
import type { GoldenRecord } from './golden-record.js';

const golden = JSON.parse(
  readFileSync(join(REPOSITORY, 'test/golden/dns-rr-text.json'), 'utf8'),
) as readonly GoldenRecord[];

/** The question is for x.test, which is also the owner where a row has none. */
const query = Buffer.concat([Buffer.alloc(12), wireName('x.test'), uint16(1), uint16(1)]);

function textOf({ number, class: code, ttl, owner, rdata }: GoldenRecord): string | null {
  const record = wireRecord({
    type: number,
    rdata: Buffer.from(rdata, 'hex'),
    ...(code !== undefined && { class: code }),
    ...(ttl !== undefined && { ttl }),
    ...(owner !== undefined && { owner: Buffer.from(owner, 'hex') }),
  });
  try {
    return decodeMessage(wireReply(query, { answer: [record] })).answer[0]?.text ?? '';
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return null;
  }
}

t.test('every record has the text that blackbox_exporter matches', (t) => {
  const byType = groupByType();
  t.ok(byType.size > 80, 'all types are there');
  for (const [type, rows] of byType) {
    const ours = rows.map((row) => `${row.rdata} ${textOf(row)}`);
    t.strictSame(
      ours,
      rows.map(({ rdata, text }) => `${rdata} ${text}`),
      type,
    );
  }
  t.end();
});

function groupByType(): Map<string, GoldenRecord[]> {
  const groups = new Map<string, GoldenRecord[]>();
  for (const row of golden) groups.set(row.type, [...(groups.get(row.type) ?? []), row]);
  return groups;
}

t.test('a relay behind the discovery bit of AMTRELAY is read', (t) => {
  const row = { type: 'AMTRELAY', number: 260, text: null };
  t.equal(textOf({ ...row, rdata: '0a81cb00710f' }), 'x.test.\t300\tIN\tAMTRELAY\t10 1 1 203.0.113.15');
  t.equal(textOf({ ...row, rdata: '0a81cb0071' }), null, 'cut');
  t.end();
});

t.test('times beyond the year 9999', (t) => {
  t.equal(timeText(0), '19700101000000');
  t.equal(timeText(253402300799), '99991231235959');
  t.equal(timeText(253402300800), '100000101000000');
  t.equal(timeText(2 ** 48 - 1), '89215561207104415', 'the last that TSIG can say');
  t.end();
});

t.test('names of types', (t) => {
  t.equal(typeNumber('HTTPS'), 65);
  t.equal(typeNumber('TYPE65'), undefined);
  t.equal(typeNumber('a'), undefined);
  t.equal(typeName(65280), 'TYPE65280');
  t.end();
});
