import t from 'tap';
import { loadConfig } from '../../src/config/load-config.js';
import { MetricSet } from '../../src/metrics/metric-set.js';
import { PhaseMarks } from '../../src/probe/phase-marks.js';
import { ProbeLog } from '../../src/probe/probe-log.js';
import { defineProber } from '../../src/probe/prober.js';
import { systemClock } from '../../src/values/clock.js';
import type { RawGrpc, RawHttp } from '../../src/values/raw-config.js';

/** Probers that remember what they were given. */
function recording(names: readonly string[]): {
  readonly blocks: unknown[];
  readonly probers: ReturnType<typeof defineProber>[];
} {
  const blocks: unknown[] = [];
  const probers = names.map((name) =>
    defineProber({ name, compile: (raw: unknown) => blocks.push(raw), probe: () => Promise.resolve() }),
  );
  return { blocks, probers };
}

t.test('a prober gets its block with every default', async (t) => {
  const { blocks, probers } = recording(['http']);
  const yaml = 'modules: {m: {prober: http, timeout: 1.5s, http: {method: "", headers: {a: 1.50, b: }, tls_config: }}}';
  const { modules } = await loadConfig(yaml, 'f.yml', probers);
  const block = blocks[0] as RawHttp;
  t.equal(block.method, 'GET');
  t.same({ ...block.headers }, { a: '1.50', b: '' });
  t.equal(block.tls_config.insecure_skip_verify, false);
  t.equal(block.follow_redirects, true);
  t.equal(block.body_size_limit, '0');
  t.equal(block.basic_auth, undefined);
  t.equal(modules.get('m')?.timeoutSeconds, 1.5);
  t.equal(modules.get('m')?.prober, 'http');
});

t.test('absent blocks have defaults too', async (t) => {
  const { blocks, probers } = recording(['grpc', 'dns', 'unix']);
  await loadConfig('modules: {a: {prober: grpc}, b: {prober: dns}, c: {prober: unix, unix: }}', 'f.yml', probers);
  t.equal((blocks[0] as RawGrpc).ip_protocol_fallback, true);
  t.match(blocks[1], { query_name: '', query_type: 'ANY', query_class: 'IN', transport_protocol: 'udp' });
  t.match(blocks[2], { query_response: [], tls: false });
});

t.test('values have the meaning that upstream gives them', async (t) => {
  const { blocks, probers } = recording(['http']);
  const yaml =
    'modules: {m: {prober: http, http: {valid_status_codes: [0x10, 010, 1_000, 2e2, 200.5, ~], fail_if_ssl: On, method: yes, body: !!binary /0E=}}}';
  await loadConfig(yaml, 'f.yml', probers);
  t.match(blocks[0], {
    valid_status_codes: [16, 8, 1000, 200, 200],
    fail_if_ssl: true,
    method: 'yes',
    body: '\udcffA',
  });
});

t.test('merged keys give way to own ones, later mappings to earlier ones', async (t) => {
  const { blocks, probers } = recording(['http']);
  const yaml = `modules:
  a: &a {prober: http, http: {method: A, body: a}}
  b: &b {prober: http, timeout: 2s, http: {method: B}}
  c: {<<: [*a, *b], timeout: 3s}
`;
  const { modules } = await loadConfig(yaml, 'f.yml', probers);
  t.match(blocks[2], { method: 'A', body: 'a' });
  t.equal(modules.get('c')?.timeoutSeconds, 3);
});

t.test('a module with nothing in it refuses every probe', async (t) => {
  const { modules } = await loadConfig('modules: {m: }', 'f.yml', []);
  t.equal(modules.get('m')?.prober, '');
  t.equal(modules.get('m')?.refuse({ target: 'x' }), 'Unknown prober ""');
});

t.test('a prober that is not there fails its probes', async (t) => {
  const { modules } = await loadConfig('modules: {m: {prober: icmp}}', 'f.yml', []);
  const module = modules.get('m');
  t.equal(module?.refuse({ target: 'x' }), undefined);
  const signal = new AbortController().signal;
  const clock = systemClock;
  const context = { signal, metrics: new MetricSet(), log: new ProbeLog(clock), clock, marks: new PhaseMarks(clock) };
  const failure: unknown = await module?.probe({ target: 'x' }, context).catch((error: unknown) => error);
  t.match(failure, { phase: 'setup', reason: 'prober_not_available' });
});

t.test('what works but should be looked at is said', async (t) => {
  const yaml =
    'modules: {m: {prober: http, http: {no_follow_redirects: true}, dns: {query_name: x, validate_answer_rrs: {fail_if_all_match_regexp: [a]}}}}';
  const { warnings } = await loadConfig(yaml, 'f.yml', []);
  t.match(warnings, [
    { message: /^no_follow_redirects is deprecated/, fields: { module: 'm' } },
    { message: /fail_if_all_match_regexp/ },
  ]);
});
