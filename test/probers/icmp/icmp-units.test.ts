import t from 'tap';
import { loadConfig } from '../../../src/config/load-config.js';
import { FAILURE_REASONS } from '../../../src/probe/failure.js';
import { allProbers } from '../../../src/probers/all-probers.js';
import { summarize } from '../../../src/probers/icmp/echo-statistics.js';
import { meaningOf } from '../../../src/probers/icmp/icmp-error.js';
import { testProberDeps } from '../../helpers/services/prober-deps.js';

t.test('round trips summed up', async (t) => {
  t.equal(summarize([]), undefined);
  t.same(summarize([2]), { min: 2, avg: 2, max: 2, stddev: 0, jitter: 0 });
  t.same(summarize([1, 3, 1, 3]), { min: 1, avg: 2, max: 3, stddev: 1, jitter: 2 });
  t.same(summarize([1, 1, 4]), { min: 1, avg: 2, max: 4, stddev: Math.SQRT2, jitter: 1.5 });
});

const MEANINGS = [
  [4, 3, 0, 'network_unreachable'],
  [4, 3, 1, 'host_unreachable'],
  [4, 3, 4, 'packet_too_big'],
  [4, 3, 13, 'icmp_prohibited'],
  [4, 3, 99, 'icmp_error'],
  [4, 11, 0, 'ttl_exceeded'],
  [4, 12, 0, 'icmp_error'],
  [6, 1, 0, 'network_unreachable'],
  [6, 1, 3, 'host_unreachable'],
  [6, 1, 1, 'icmp_prohibited'],
  [6, 2, 0, 'packet_too_big'],
  [6, 3, 0, 'ttl_exceeded'],
  [6, 4, 1, 'icmp_error'],
] as const;

t.test('ICMP errors', async (t) => {
  for (const [family, type, code, reason] of MEANINGS) {
    const meaning = meaningOf({ family, type, code, offender: '' });
    t.equal(meaning.reason, reason, `IPv${family} ${type}/${code}`);
    t.ok(meaning.reason in FAILURE_REASONS);
    t.not(meaning.text, '');
  }
});

t.test('modules that make no sense', async (t) => {
  for (const [name, block, message] of [
    ['more replies than requests', '{ count: 2, min_replies: 3 }', /"min_replies" \(3\) cannot exceed "count" \(2\)/],
    ['no request', '{ count: 0 }', /count/],
    ['a negative interval', '{ interval: -1s }', /"interval" cannot be negative/],
    ['an interval that is none', '{ interval: soon }', /interval/],
    ['a TTL beyond a byte', '{ ttl: 256 }', /ttl/],
  ] as const) {
    const text = `modules:\n  m:\n    prober: icmp\n    icmp: ${block}\n`;
    await t.rejects(loadConfig(text, 'test.yml', allProbers(testProberDeps())), { message }, name);
  }
});
