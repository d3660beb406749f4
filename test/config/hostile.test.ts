import t from 'tap';
import { ConfigFileError } from '../../src/config/config-problem.js';
import { loadConfig } from '../../src/config/load-config.js';

async function refusal(yaml: string): Promise<string> {
  try {
    await loadConfig(yaml, 'f.yml', []);
    return 'accepted';
  } catch (error) {
    if (error instanceof ConfigFileError) return error.message;
    throw error;
  }
}

/** Each anchor holds ten aliases of the one before. */
function bomb(first: string, level: (aliases: string) => string): string {
  const lines = [`a0: &a0 ${first}`];
  for (let depth = 1; depth <= 9; depth++) {
    lines.push(`a${depth}: &a${depth} ${level(Array.from({ length: 10 }, () => `*a${depth - 1}`).join(', '))}`);
  }
  return lines.join('\n');
}

t.test('alias bombs cost a bounded amount of work', async (t) => {
  t.match(
    await refusal(bomb('x', (aliases) => `[${aliases}]`)),
    /there is no such key/,
    'where nothing looks into them',
  );
  const claims = bomb('[x]', (aliases) => `[${aliases}]`).replaceAll(/^/gm, '          ');
  const any = `modules:\n  m:\n    prober: http\n    http:\n      oauth2:\n        client_id: a\n        token_url: b\n        claims:\n${claims}`;
  t.match(await refusal(any), /aliases make this document larger than/, 'where any value is possible');
  const merges = bomb('{prober: tcp}', (aliases) => `{<<: [${aliases}]}`).replaceAll(/^/gm, '  ');
  t.equal(await refusal(`modules:\n${merges}`), 'accepted', 'in merge keys, where each mapping is read once');
});

/** Each mapping merges the one before it and has a key more. */
function mergeChain(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const merged = index === 0 ? '' : `<<: *a${index - 1}, `;
    return `      a${index}: &a${index} {${merged}k${index}: v}`;
  });
  return `modules:\n  m:\n    prober: http\n    http:\n     oauth2:\n      client_id: a\n      token_url: b\n      claims:\n${lines.join('\n').replaceAll(/^/gm, '  ')}`;
}

t.test('chains of merge keys cost as much as they make, and end somewhere', async (t) => {
  t.equal(await refusal(mergeChain(100)), 'accepted');
  t.match(
    await refusal(mergeChain(150)),
    /^error parsing config file: f\.yml:\d+:\d+: .*: more than 100 mappings are merged into each other; write some of them out$/m,
  );
});

t.test('mappings that are merged and have many keys are bounded together', async (t) => {
  t.match(await refusal(mergeChain(2000)), /aliases make this document larger than/);
});

t.test('merged mappings with many mistakes', async (t) => {
  const twice = 'a: b\n'.repeat(40_000).replaceAll(/^/gm, ' ');
  t.match(await refusal(`x: &x\n${twice}\nmodules: {m: {<<: *x}}`), /the key is there twice/);
});

t.test('patterns and expressions have a length that can be compiled at once', async (t) => {
  const http = (key: string, value: string): string =>
    `modules:\n  m:\n    prober: http\n    http:\n      ${key}: ${value}\n`;
  const patterns = (pattern: string): string => http('fail_if_body_matches_regexp', `['${pattern}']`);
  t.equal(await refusal(patterns('(a|b)'.repeat(2000))), 'accepted');
  t.match(
    await refusal(patterns('(a|b)'.repeat(60_000))),
    'f.yml:5:37: modules.m.http.fail_if_body_matches_regexp[0]: could not compile regular expression: the pattern is longer than 10000 characters (300000); split it',
  );
  t.equal(await refusal(patterns('a{1000}'.repeat(50))), 'accepted');
  t.match(
    await refusal(patterns('a{1000}'.repeat(500))),
    'f.yml:5:37: modules.m.http.fail_if_body_matches_regexp[0]: could not compile regular expression: the pattern counts as 500000 characters, more than 50000 (repeats count as written out, a class of Unicode as 100); make it smaller',
  );
  const cel = (expression: string): string => http('fail_if_body_json_matches_cel', `'${expression}'`);
  t.equal(await refusal(cel(`body.a == 1${' || body.a == 1'.repeat(600)}`)), 'accepted');
  t.match(
    await refusal(cel(`body.a == 1${' || body.a == 1'.repeat(20_000)}`)),
    'f.yml:5:38: modules.m.http.fail_if_body_json_matches_cel: could not compile CEL program: the expression is longer than 10000 characters (300011); split it',
  );
  t.match(
    await refusal(cel(`body${'.a'.repeat(4900)}`)),
    /could not compile CEL program: the expression nests too deeply: it has more than 250 levels$/m,
  );
  t.equal(await refusal(cel(`body${'.a'.repeat(248)} == 1`)), 'accepted');
});

t.test('deep nesting is refused', async (t) => {
  t.match(await refusal(`modules: ${'['.repeat(10_000)}`), /f\.yml:1:\d+: not YAML: nesting is deeper than 100 levels/);
  t.match(await refusal(`modules: ${'{a: '.repeat(90)}x${'}'.repeat(90)}`), /modules\.a\.a: there is no such key/);
});

t.test('long values are taken or refused in reasonable time', async (t) => {
  const long = 'x'.repeat(3_000_000);
  t.equal(await refusal(`modules: {m: {prober: http, http: {body: "${long}"}}}`), 'accepted');
  const message = await refusal(`modules: {m: {prober: http, http: {valid_status_codes: [${long}]}}}`);
  t.ok(message.length < 300, 'a long value is cut in messages');
  t.match(await refusal(`modules: {} # ${long}${long}`), /the file is longer than/);
});

t.test('a file of nothing but mistakes is not listed in full', async (t) => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
  const message = await refusal(keys);
  t.match(message, 'there are 19000 more mistakes');
  t.equal(message.split('\n').length, 1001);
});

t.test('names of Object.prototype are names like any other', async (t) => {
  const { modules } = await loadConfig(
    'modules: {__proto__: {prober: tcp}, constructor: {prober: http, http: {headers: {__proto__: a, toString: b}}}}',
    'f.yml',
    [],
  );
  t.same([...modules.keys()], ['__proto__', 'constructor']);
  t.match(modules.get('constructor')?.describe(), /headers:\n {4}__proto__: a\n {4}toString: b\n/);
  t.match(
    await refusal('modules: {m: {prober: tcp, __proto__: {timeout: 5s}}}'),
    /modules\.m\.__proto__: there is no such key/,
  );
  t.match(await refusal('modules: {m: {prober: tcp, toString: 1}}'), /modules\.m\.toString: there is no such key/);
  t.equal(({} as Record<string, unknown>)['timeout'], undefined);
});
