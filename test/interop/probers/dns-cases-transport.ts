import { A_RECORD, questionOf, uint16, wireReply } from '../../helpers/servers/dns-bytes.js';
import { type DnsCase, dot, tcp } from './dns-case.js';

export const TRANSPORTS: readonly DnsCase[] = [
  { name: 'TCP', dns: tcp },
  {
    name: 'TCP: long',
    dns: tcp,
    script: (query) => [wireReply(query, { answer: Array<Buffer>(2000).fill(A_RECORD) })],
  },
  { name: 'TCP: another id', dns: tcp, script: (query) => [wireReply(query, { id: query.readUInt16BE(0) ^ 1 })] },
  {
    name: 'TCP: another question',
    dns: tcp,
    script: (query) => [wireReply(query, { question: Buffer.from(questionOf(query)).fill('y', 1, 2) })],
    differs: ['other_question'],
  },
  { name: 'TCP: the query itself', dns: tcp, script: (query) => [query], differs: ['echo'] },
  {
    name: 'TCP: an answer without QR',
    dns: tcp,
    script: (query) => [wireReply(query, { flags: 0x0180, answer: [A_RECORD] })],
    differs: ['echo'],
  },
  { name: 'TCP: another opcode', dns: tcp, script: (query) => [wireReply(query, { flags: 0xa400 })] },
  { name: 'TCP: no question', dns: tcp, script: (query) => [wireReply(query, { question: Buffer.alloc(0) })] },
  { name: 'TCP: a header alone', dns: tcp, script: (query) => [wireReply(query).subarray(0, 12)] },
  { name: 'TCP: garbage', dns: tcp, script: () => [Buffer.from('garbage')] },
  {
    name: 'TCP: another id first',
    dns: tcp,
    script: (query) => [wireReply(query, { id: query.readUInt16BE(0) ^ 1 }), wireReply(query, { answer: [A_RECORD] })],
  },
  {
    name: 'TCP: a broken reply first',
    dns: tcp,
    script: (query) => [
      wireReply(query, { answer: [A_RECORD] }).subarray(0, -1),
      wireReply(query, { answer: [A_RECORD] }),
    ],
  },
  { name: 'TCP: the end at once', dns: tcp, script: () => ['close'] },
  {
    name: 'TCP: the end within the reply',
    dns: tcp,
    script: (query) => [{ raw: Buffer.concat([uint16(50), query]) }, 'close'],
  },
  { name: 'TCP: an empty message', dns: tcp, script: () => [{ raw: uint16(0) }] },
  { name: 'TCP: broken', dns: tcp, script: (query) => [wireReply(query, { answer: [A_RECORD] }).subarray(0, -1)] },
  { name: 'TCP: silence', dns: tcp, script: () => [], timeoutSeconds: 1 },
  { name: 'TCP: refused', dns: tcp, target: '127.0.0.1:@dead' },
  { name: 'UDP: refused', target: '127.0.0.1:@dead' },
  { name: 'an unknown transport', dns: { transport_protocol: 'sctp' } },
  { name: 'an empty transport', dns: { transport_protocol: '' } },
  { name: 'TLS over UDP', dns: { dns_over_tls: true } },
  { name: 'TLS', dns: dot, identity: 'good' },
  {
    name: 'TLS: an expired certificate',
    dns: dot,
    identity: 'expired',
    differs: ['certificate_of_failed_verification'],
  },
  { name: 'TLS: another authority', dns: dot, identity: 'unknown', differs: ['certificate_of_failed_verification'] },
  { name: 'TLS: not verified', dns: { ...dot, tls_config: { insecure_skip_verify: true } }, identity: 'unknown' },
  {
    name: 'TLS: server_name',
    dns: { ...dot, tls_config: { ca_file: 'ca.pem', server_name: 'a.sonde.example' } },
    identity: 'good',
  },
  { name: 'TLS: no such file', dns: { ...dot, tls_config: { ca_file: 'nope.pem' } }, identity: 'good' },
  { name: 'TLS: a server without', dns: dot, timeoutSeconds: 1 },
];

export const ADDRESSES: readonly DnsCase[] = [
  { name: 'a source address', dns: { source_ip_address: '127.0.0.1' } },
  { name: 'a source address over TCP', dns: { ...tcp, source_ip_address: '127.0.0.1' } },
  { name: 'a source address that is none', dns: { source_ip_address: 'nope' } },
  { name: 'a source address of the other family', dns: { source_ip_address: '::1' } },
  { name: 'a source address of somebody else', dns: { source_ip_address: '192.0.2.1' } },
  { name: 'the wrong family', dns: { preferred_ip_protocol: 'ip6', ip_protocol_fallback: false } },
  { name: 'a name that does not resolve', target: 'gone.invalid:53' },
  { name: 'brackets without a port', target: '[::1]' },
  { name: 'a port that is none', target: '127.0.0.1:nope' },
  { name: 'an empty port', target: '127.0.0.1:' },
];
