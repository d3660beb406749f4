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
  t.match(await refusal(`modules:\n${merges}`), /aliases make this document larger than/, 'in merge keys');
});

t.test('deep nesting is refused', async (t) => {
  t.match(await refusal(`modules: ${'['.repeat(10_000)}`), /f\.yml:1:\d+: not YAML: nesting is deeper than 100 levels/);
  t.match(await refusal(`modules: ${'{a: '.repeat(90)}x${'}'.repeat(90)}`), /modules\.a\.a: there is no such key/);
});

t.test('long values are taken or refused in reasonable time', async (t) => {
  const long = 'x'.repeat(10_000_000);
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
