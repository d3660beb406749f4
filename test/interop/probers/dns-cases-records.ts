import { A_RECORD, wireRecord, wireReply, wireString } from '../../helpers/servers/dns-bytes.js';
import { answers, type DnsCase, none, one, opt, rcode, soa, two } from './dns-case.js';

export const SECTIONS: readonly DnsCase[] = [
  {
    name: 'all sections',
    script: (query) => [
      wireReply(query, { answer: [A_RECORD], authority: [soa(1), soa(2)], additional: [A_RECORD, opt(0)] }),
    ],
  },
  {
    name: 'SOA: the last serial',
    dns: { query_type: 'SOA' },
    script: (query) => [wireReply(query, { answer: [soa(7), A_RECORD, soa(4294967295)] })],
  },
  { name: 'SOA: none', dns: { query_type: 'SOA' }, script: one },
  {
    name: 'SOA: in the authority section only',
    dns: { query_type: 'SOA' },
    script: (query) => [wireReply(query, { authority: [soa(7)] })],
  },
  {
    name: 'SOA: although the rcode fails',
    dns: { query_type: 'SOA' },
    script: (query) => [wireReply(query, { flags: 0x8402, answer: [soa(7)] })],
  },
];

export const RCODES: readonly DnsCase[] = [
  { name: 'NXDOMAIN', script: rcode(3) },
  { name: 'NXDOMAIN is wanted', dns: { valid_rcodes: ['NXDOMAIN'] }, script: rcode(3) },
  { name: 'one of a list', dns: { valid_rcodes: ['NOERROR', 'REFUSED'] }, script: rcode(5) },
  { name: 'none of a list', dns: { valid_rcodes: ['NOERROR', 'REFUSED'] }, script: rcode(2) },
  { name: 'an empty list', dns: { valid_rcodes: [] } },
  { name: 'an unknown code', dns: { valid_rcodes: ['NOERROR', 'NOPE'] } },
  { name: 'NOTIMPL', dns: { valid_rcodes: ['NOTIMPL'] }, script: rcode(4) },
  { name: 'an rcode without a name', script: rcode(15) },
  {
    name: 'an extended rcode',
    dns: { valid_rcodes: ['BADSIG'] },
    script: (query) => [wireReply(query, { additional: [opt(0x0100_0000)] })],
  },
  { name: 'an extended rcode fails', script: (query) => [wireReply(query, { additional: [opt(0x0100_0000)] })] },
  {
    name: 'the last of two OPT records counts',
    script: (query) => [wireReply(query, { additional: [opt(0), opt(0x0100_0000)] })],
  },
];

export const VALIDATORS: readonly DnsCase[] = [
  {
    name: 'a text of many records',
    dns: answers({
      fail_if_not_matches_regexp: ['^x\\.test\\.\\t300\\tIN\\tTXT\\t"say \\\\"hi\\\\"" "\\\\195\\\\164"$'],
    }),
    script: (query) => [
      wireReply(query, {
        answer: [wireRecord({ type: 16, rdata: Buffer.concat([wireString('say "hi"'), wireString('\u00c3\u00a4')]) })],
      }),
    ],
  },

  { name: 'fail_if_matches: matches', dns: answers({ fail_if_matches_regexp: ['192.0.2.2'] }), script: two },
  { name: 'fail_if_matches: does not', dns: answers({ fail_if_matches_regexp: ['192.0.2.3'] }), script: two },
  { name: 'fail_if_all_match: all', dns: answers({ fail_if_all_match_regexp: ['192.0.2'] }), script: two },
  { name: 'fail_if_all_match: some', dns: answers({ fail_if_all_match_regexp: ['192.0.2.1'] }), script: two },
  { name: 'fail_if_all_match: no records', dns: answers({ fail_if_all_match_regexp: ['192.0.2.1'] }), script: none },
  {
    name: 'fail_if_not_matches: all',
    dns: answers({ fail_if_not_matches_regexp: ['192', '^x.test.\t300\tIN\tA'] }),
    script: two,
  },
  { name: 'fail_if_not_matches: some', dns: answers({ fail_if_not_matches_regexp: ['192.0.2.1'] }), script: two },
  { name: 'fail_if_not_matches: no records', dns: answers({ fail_if_not_matches_regexp: ['.*'] }), script: none },
  {
    name: 'fail_if_none_matches: some',
    dns: answers({ fail_if_none_matches_regexp: ['nope', '192.0.2.2'] }),
    script: two,
  },
  { name: 'fail_if_none_matches: none', dns: answers({ fail_if_none_matches_regexp: ['nope'] }), script: two },
  { name: 'fail_if_none_matches: no records', dns: answers({ fail_if_none_matches_regexp: ['.*'] }), script: none },
  { name: 'an unusable pattern', dns: answers({ fail_if_none_matches_regexp: ['('] }) },
  { name: 'an unusable pattern, but no records', dns: answers({ fail_if_matches_regexp: ['('] }), script: none },
  { name: 'an unusable pattern behind one that matches', dns: answers({ fail_if_none_matches_regexp: ['192', '['] }) },
  { name: 'authority', dns: { validate_authority_rrs: { fail_if_not_matches_regexp: ['SOA'] } }, script: one },
  {
    name: 'additional',
    dns: { validate_additional_rrs: { fail_if_not_matches_regexp: ['version 0; flags:; udp: 1232$'] } },
    script: (query) => [wireReply(query, { additional: [opt(0)] })],
  },
  {
    name: 'all four at once',
    dns: answers({
      fail_if_matches_regexp: ['nope'],
      fail_if_all_match_regexp: ['192'],
      fail_if_not_matches_regexp: ['A'],
      fail_if_none_matches_regexp: ['x'],
    }),
    script: two,
  },
];
