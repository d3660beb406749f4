import { A_RECORD, questionOf, uint16, wireName, wireRecord, wireReply } from '../../helpers/servers/dns-bytes.js';
import { type DnsCase, long } from './dns-case.js';

/** An algorithm, a time, 300 seconds of tolerance, no MAC, an id, no error and nothing else (RFC 8945, section 4.2). */
const TSIG_DATA = Buffer.concat([wireName('hmac-md5'), Buffer.alloc(6), uint16(300), Buffer.alloc(8)]);

export const ODD_REPLIES: readonly DnsCase[] = [
  { name: 'a header alone', script: (query) => [wireReply(query).subarray(0, 12)] },
  {
    name: 'a header alone that announces records',
    script: (query) => [wireReply(query, { counts: [1, 1, 1, 1] }).subarray(0, 12)],
  },
  { name: 'no question', script: (query) => [wireReply(query, { question: Buffer.alloc(0) })] },
  {
    name: 'fewer records than announced',
    script: (query) => [wireReply(query, { answer: [A_RECORD], counts: [1, 3, 2, 1] })],
  },
  { name: 'counts of 65535', script: (query) => [wireReply(query, { counts: [1, 65535, 65535, 65535] })] },
  { name: 'questions that are not there', script: (query) => [wireReply(query, { counts: [3, 0, 0, 0] })] },
  {
    name: 'octets behind the end',
    script: (query) => [wireReply(query, { answer: [A_RECORD], trailer: Buffer.from('zzz') })],
  },
  { name: 'truncated', script: (query) => [wireReply(query, { flags: 0x8600, answer: [A_RECORD] })] },
  {
    name: 'the name in another letter case',
    dns: { query_name: 'X.TEST' },
    script: (query) => [wireReply(query, { question: Buffer.concat([wireName('x.test'), uint16(1), uint16(1)]) })],
  },
  { name: 'another opcode', script: (query) => [wireReply(query, { flags: 0xa400 })] },
  { name: 'less than a header', script: (query) => [wireReply(query).subarray(0, 7)] },
  { name: 'cut in a record', script: (query) => [wireReply(query, { answer: [A_RECORD] }).subarray(0, -2)] },
  { name: 'cut behind the owner', script: (query) => [wireReply(query, { answer: [A_RECORD] }).subarray(0, -14)] },
  {
    name: 'data too short for its type',
    script: (query) => [wireReply(query, { answer: [wireRecord({ type: 1, rdata: Buffer.of(1, 2) })] })],
  },
  {
    name: 'data too long for its type',
    script: (query) => [wireReply(query, { answer: [wireRecord({ type: 1, rdata: Buffer.alloc(5) })] })],
  },
  {
    name: 'a compression loop',
    script: (query) => [wireReply(query, { answer: [wireRecord({ type: 5, rdata: Buffer.of(0xc0, 36) })] })],
  },
  {
    name: 'a pointer forward',
    script: (query) => [wireReply(query, { answer: [wireRecord({ type: 5, rdata: Buffer.of(0xc0, 60) }), A_RECORD] })],
  },
  { name: '512 octets', script: (query) => [wireReply(query, { answer: [long(512 - 24 - 12)] })] },
  { name: '513 octets', script: (query) => [wireReply(query, { answer: [long(513 - 24 - 12)] })] },
  {
    name: 'long, but cut where a record ends',
    script: (query) => [wireReply(query, { answer: [long(512 - 24 - 12), A_RECORD] })],
  },
  {
    name: 'another id first',
    script: (query) => [wireReply(query, { id: query.readUInt16BE(0) ^ 1 }), wireReply(query, { answer: [A_RECORD] })],
    differs: ['ignored_counted'],
  },
  {
    name: 'another id first, and broken',
    script: (query) => [wireReply(query, { id: query.readUInt16BE(0) ^ 1 }).subarray(0, 15), wireReply(query)],
    differs: ['ignored_counted', 'broken_of_others'],
  },
  {
    name: 'another question',
    script: (query) => [
      wireReply(query, { question: Buffer.from(questionOf(query)).fill('y', 1, 2) }),
      wireReply(query, { answer: [A_RECORD] }),
    ],
    differs: ['ignored_counted', 'other_question'],
  },
  {
    name: 'a signature that nobody asked for',
    script: (query) => [
      wireReply(query, {
        answer: [A_RECORD],
        additional: [wireRecord({ owner: Buffer.of(0), type: 250, class: 255, ttl: 0, rdata: TSIG_DATA })],
      }),
    ],
  },
  { name: 'the query itself', script: (query) => [query], timeoutSeconds: 1, differs: ['ignored_counted', 'echo'] },
  {
    name: 'an answer without QR',
    script: (query) => [wireReply(query, { flags: 0x0180, answer: [A_RECORD] })],
    timeoutSeconds: 1,
    differs: ['ignored_counted', 'echo'],
  },
  {
    name: 'an answer without QR first',
    script: (query) => [wireReply(query, { flags: 0x0180 }), wireReply(query, { answer: [A_RECORD] })],
    differs: ['ignored_counted', 'echo'],
  },
  {
    name: 'a query with another opcode and another id first',
    script: (query) => [
      wireReply(query, { id: query.readUInt16BE(0) ^ 1, flags: 0x2000 }),
      wireReply(query, { answer: [A_RECORD] }),
    ],
    differs: ['ignored_counted'],
  },
  {
    name: 'garbage first',
    script: (query) => [Buffer.from('garbage'), wireReply(query, { answer: [A_RECORD] })],
    differs: ['ignored_counted', 'broken_of_others'],
  },
  {
    name: 'nothing first',
    script: (query) => [Buffer.alloc(0), wireReply(query, { answer: [A_RECORD] })],
    differs: ['ignored_counted', 'broken_of_others'],
  },
  {
    name: 'a broken reply first',
    script: (query) => [
      wireReply(query, { answer: [A_RECORD] }).subarray(0, -1),
      wireReply(query, { answer: [A_RECORD] }),
    ],
  },
  {
    name: 'AMTRELAY with the discovery bit',
    script: (query) => [
      wireReply(query, { answer: [wireRecord({ type: 260, rdata: Buffer.of(10, 0x81, 192, 0, 2, 1) })] }),
    ],
    differs: ['amtrelay'],
  },
  { name: 'silence', script: () => [], timeoutSeconds: 1 },
];
