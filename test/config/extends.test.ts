import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { ConfigStore } from '../../src/config/config-store.js';
import { loadConfig } from '../../src/config/load-config.js';
import { allProbers } from '../../src/probers/all-probers.js';
import { systemClock } from '../../src/values/clock.js';
import { testProberDeps } from '../helpers/services/prober-deps.js';

const probers = allProbers(testProberDeps());

async function load(yaml: string) {
  try {
    return await loadConfig(yaml, 'f.yml', probers);
  } catch (error) {
    return (error as Error).message;
  }
}

const BASE = `modules:
  base: {prober: http, timeout: 3s, http: {method: POST, headers: {A: a, B: b}, valid_status_codes: [200, 201]}}
`;

t.test('values are merged key by key, lists are replaced, and /config shows the whole', async (t) => {
  const config = await load(
    `${BASE}  own: {extends: base, http: {headers: {B: c}, valid_status_codes: [204]}}\n  same: {extends: base}`,
  );
  if (typeof config === 'string') throw new Error(config);
  const own = config.modules.get('own');
  t.match(own, { base: 'base', timeoutSeconds: 3, prober: 'http' });
  t.match(
    own?.describeOwn(),
    /^prober: http\ntimeout: 3s\nhttp:\n {2}valid_status_codes:\n {2}- 204\n[^]* {2}method: POST\n {2}headers:\n {4}A: a\n {4}B: c\n/,
  );
  t.equal(config.modules.get('same')?.describe(), config.modules.get('base')?.describe());
  const shown = [...config.render()].join('');
  t.notMatch(shown, 'extends');
});

t.test('parameters are extended like everything else', async (t) => {
  const config = await load(
    'modules: {base: {prober: http, params: {a: {key: method, default: PUT}}}, own: {extends: base, params: {a: {default: GET}}}}',
  );
  if (typeof config === 'string') throw new Error(config);
  const filled = await config.modules.get('own')!.params!.fill({ target: 'x', params: new Map() });
  t.match(filled.module.describeOwn(), 'method: GET');
});

const mistakes: readonly (readonly [name: string, modules: string, place: string, message: RegExp])[] = [
  ['no such module', 'a: {extends: bas}, base: {prober: tcp}', '1:24', /there is no module "bas"; did you mean "base"/],
  ['itself', 'a: {extends: a}', '1:24', /cannot extend itself/],
  ['two levels', 'a: {extends: b}, b: {extends: c}, c: {prober: tcp}', '1:24', /extends another one itself/],
  ['a circle', 'a: {extends: b}, b: {extends: a}', '1:24', /extends another one itself/],
  ['an empty module', 'a: {extends: b}, b: ', '1:24', /is empty/],
  ['a list', 'a: {extends: [b]}, b: {prober: tcp}', '1:24', /must be a text/],
  [
    'what does not fit together',
    'a: {extends: b, http: {authorization: {}}}, b: {prober: http, http: {basic_auth: {}}}',
    '1:34',
    /at most one of basic_auth/,
  ],
  ['an own mistake', 'a: {extends: b, tcp: {tsl: true}}, b: {prober: tcp}', '1:33', /did you mean "tls"/],
];
for (const [name, modules, place, message] of mistakes) {
  t.test(`mistake: ${name}`, async (t) => {
    const problems = await load(`modules: {${modules}}`);
    t.match(problems, message);
    t.match(problems, `f.yml:${place}: modules.a`);
  });
}

t.test('a mistake of a base is reported once', async (t) => {
  const problems = await load('modules: {b: {prober: tcp, tcp: {tsl: true}}, a: {extends: b}, c: {extends: b}}');
  t.match(problems, /did you mean "tls"/);
  t.equal(typeof problems === 'string' && problems.includes('\n'), false);
});

function folderOf(t: Test, files: Readonly<Record<string, string>>): string {
  return t.testdir(files);
}

const open = (folder: string): Promise<ConfigStore> =>
  ConfigStore.open({ paths: [`${folder}/*.yml`], probers, clock: systemClock });

t.test('over several files, also when only the base changes', async (t) => {
  const folder = folderOf(t, {
    'a.yml': 'modules: {own: {extends: base, tcp: {tls: true}}}',
    'b.yml': 'modules: {base: {prober: tcp, timeout: 3s}}',
  });
  const store = await open(folder);
  t.equal(store.current().modules.get('own')?.timeoutSeconds, 3);
  t.match([...store.current().render()].join(''), /own:\n {8}prober: tcp\n {8}timeout: 3s/);
  t.equal(await store.reload(), 'unchanged');
  writeFileSync(path.join(folder, 'b.yml'), 'modules: {base: {prober: tcp, timeout: 4s}}');
  t.equal(await store.reload(), 'changed');
  t.equal(store.current().modules.get('own')?.timeoutSeconds, 4);
});

t.test('a base that is broken or gone costs no module that is in use', async (t) => {
  const folder = folderOf(t, {
    'a.yml': 'modules: {own: {extends: base}}',
    'b.yml': 'modules: {base: {prober: tcp, timeout: 3s}}',
    'c.yml': 'modules: {other: {prober: tcp}}',
  });
  const store = await open(folder);
  writeFileSync(path.join(folder, 'b.yml'), 'modules: {base: {');
  await store.reload();
  t.equal(store.current().modules.get('own')?.timeoutSeconds, 3);
  writeFileSync(path.join(folder, 'b.yml'), 'modules: {base: {prober: tcp, timeout: x}}');
  await store.reload();
  t.equal(store.current().modules.get('own')?.timeoutSeconds, 3);
  t.match(store.files[0]?.problem, /a\.yml:1:\d+: modules\.own/);
  t.match(store.files[1]?.problem, /b\.yml:1:\d+: modules\.base\.timeout/);
  writeFileSync(path.join(folder, 'b.yml'), 'modules: {}');
  await store.reload();
  t.equal(store.current().modules.get('own')?.timeoutSeconds, 3);
  t.match(store.files[0]?.problem, 'there is no module "base" to extend');
});
