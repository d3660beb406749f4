import t from 'tap';
import { loadConfig } from '../../src/config/load-config.js';
import { defineProber } from '../../src/probe/prober.js';
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

t.test('a prober that does not exist costs its own module only', async (t) => {
  const yaml =
    'modules:\n  typo: { prober: htpp }\n  none: { timeout: 5s }\n  "null": { prober: }\n  sound: { prober: http }\n';
  const { blocks, probers } = recording(['http']);
  const { modules, faults } = await loadConfig(yaml, 'f.yml', probers);
  t.equal(blocks.length, 1);
  t.equal(modules.get('sound')?.refuse({ target: 'x' }), undefined);
  t.equal(modules.get('typo')?.refuse({ target: 'x' }), 'Unknown prober "htpp"');
  for (const name of ['none', 'null']) t.equal(modules.get(name)?.refuse({ target: 'x' }), 'Unknown prober ""', name);
  t.same(faults, [
    'f.yml:2:19: modules.typo.prober: "htpp" is not possible here; did you mean "http"?',
    'f.yml:3:9: modules.none.prober: the key is missing; it must be set here',
    'f.yml:4:13: modules.null.prober: the key is missing; it must be set here',
  ]);
});

t.test('any other mistake refuses the file, and names these modules, too', async (t) => {
  const yaml = 'modules:\n  typo: { prober: htpp }\n  bad: { prober: http, timeout: 5 }\n';
  await t.rejects(loadConfig(yaml, 'f.yml', []), { message: /f\.yml:2:19: .*\n.*f\.yml:3:/s });
  await t.rejects(loadConfig('modules: {m: {prober: [http]}}', 'f.yml', []), { message: /prober/ });
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

t.test('tabs and NEL between tokens leave texts as they are', async (t) => {
  const { blocks, probers } = recording(['http']);
  const yaml = 'modules:\t{m: {prober:\thttp, http: {body: "a\tb", headers: {x: c\td}}}}\u0085';
  await loadConfig(yaml, 'f.yml', probers);
  t.match(blocks, [{ body: 'a\tb', headers: { x: 'c\td' } }]);
});

t.test('lines of texts and collections that are not indented are folded as upstream does', async (t) => {
  const { blocks, probers } = recording(['http']);
  const yaml = `modules:
  m:
    prober: http
    http:
      body: "a
      b\\
    c

d"
      method: 'it''s
      x'
      headers: {
      A: b
      c, # }
      "D":"e
	f"
      }
`;
  await loadConfig(yaml, 'f.yml', probers);
  t.match(blocks, [{ body: 'a bc\nd', method: "it's x", headers: { A: 'b c', D: 'e f' } }]);
});
