import { type DnsCase, none } from './dns-case.js';
import { RCODES, SECTIONS, VALIDATORS } from './dns-cases-records.js';
import { ODD_REPLIES } from './dns-cases-replies.js';
import { ADDRESSES, TRANSPORTS } from './dns-cases-transport.js';

const QUESTIONS: readonly DnsCase[] = [
  { name: 'an answer' },
  { name: 'no answer', script: none },
  { name: 'a module without block', dns: 'none', script: none },
  { name: 'type and class', dns: { query_type: 'TXT', query_class: 'CH', query_name: 'version.bind.' }, script: none },
  { name: 'letter case of the name is kept', dns: { query_name: 'MixedCase.TEST.' }, script: none },
  { name: 'the root', dns: { query_name: '.' }, script: none },
  { name: 'escapes in the name', dns: { query_name: 'a\\.b.c\\032d\\"e.test' }, script: none },
  { name: 'an escaped dot at the end', dns: { query_name: 'a\\.' }, script: none },
  { name: 'a name of UTF-8', dns: { query_name: 'bücher.test' }, script: none },
  { name: 'without recursion', dns: { recursion_desired: false }, script: none },
  { name: 'an empty label', dns: { query_name: 'a..b' } },
  { name: 'a label too long', dns: { query_name: `${'a'.repeat(64)}.test` } },
  { name: 'a name too long', dns: { query_name: 'abc.'.repeat(64) }, differs: ['impossible_name'] },
  { name: 'a backslash at the end', dns: { query_name: 'a\\' }, differs: ['impossible_name'] },
];

/** Every case of the differential test. */
export const DNS_CASES: readonly DnsCase[] = [
  ...QUESTIONS,
  ...SECTIONS,
  ...RCODES,
  ...VALIDATORS,
  ...ODD_REPLIES,
  ...TRANSPORTS,
  ...ADDRESSES,
];
