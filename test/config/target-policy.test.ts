import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { ConfigStore } from '../../src/config/config-store.js';
import { loadConfig } from '../../src/config/load-config.js';
import { systemClock } from '../../src/values/clock.js';

const mistakes: readonly (readonly [policy: string, place: string, message: RegExp])[] = [
  ['{deny: [{addresses: [10.0.0.0/33]}]}', '1:40', /prefix after the slash must be a number from 0 to 32/],
  ['{deny: [{addresses: [10.0.0.1/8]}]}', '1:40', /bits beyond the prefix/],
  ['{deny: [{addresses: [010.0.0.0/8]}]}', '1:40', /no address, no block such as/],
  ['{deny: [{addresses: [privat]}]}', '1:40', /no address, no block such as/],
  ["{deny: [{addresses: ['fe80::1%eth0']}]}", '1:40', /no address/],
  ["{deny: [{hosts: ['10.*']}]}", '1:36', /below `addresses`/],
  ['{deny: [{hosts: [example.com:80]}]}', '1:36', /ports below `ports`/],
  ["{deny: [{hosts: ['exa mple']}]}", '1:36', /no host name/],
  ["{deny: [{hosts: ['*ämple.com']}]}", '1:36', /a star cannot stand beside letters/],
  ['{deny: [{ports: [70000]}]}', '1:36', /up to 65535/],
  ['{deny: [{ports: [9-8]}]}', '1:36', /a range of them/],
  ['{deny: [{paths: [run/x]}]}', '1:36', /absolute path/],
  ['{deny: [{paths: [/run/../x]}]}', '1:36', /without detours: \/x/],
  ['{deny: [{schemes: [ftp]}]}', '1:38', /ftp/],
  ['{deny: [{}]}', '1:27', /the rule is empty/],
  ['{deny: [{ports: []}]}', '1:28', /the list is empty/],
  ['{allow: []}', '1:20', /nothing could be probed/],
];

t.test('mistakes have their places, at the top and in modules', async (t) => {
  for (const [policy, place, message] of mistakes) {
    const top = await problemsOf(`target_policy: ${policy}`);
    t.match(top, message, policy);
    t.match(top, /^error parsing config file: f\.yml:1:\d+: target_policy\./, policy);
    t.match(await problemsOf(`{  target_policy: ${policy}}`), new RegExp(`f\\.yml:${place}: `), policy);
    t.match(await problemsOf(`modules: {m: {prober: tcp, target_policy: ${policy}}}`), message, policy);
  }
});

async function problemsOf(yaml: string): Promise<string> {
  try {
    await loadConfig(yaml, 'f.yml', []);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
}

t.test('/config shows policies', async (t) => {
  const policy = 'target_policy: {deny: [{addresses: [private], ports: [22]}]}';
  const config = await loadConfig(`${policy}\nmodules: {m: {prober: icmp, ${policy}}}`, 'f.yml', []);
  t.match(
    [...config.render()].join(''),
    /^target_policy:\n {4}deny:\n {8}- addresses:\n {12}- private\n {10}ports:\n {12}- "?22/m,
  );
  t.match([...config.render()].join(''), /^ {8}target_policy:\n/m);
  t.equal(config.isGuarded, true);
  t.equal((await loadConfig('modules: {m: {prober: icmp}}', 'f.yml', [])).isGuarded, false);
});

t.test('several files: one policy, for the modules of all', async (t) => {
  const one = files(t, { 'a.yml': 'modules: {a: {prober: x}}', 'b.yml': 'target_policy: {deny: [{ports: [22]}]}' });
  t.equal((await open(one)).current().isGuarded, true);
  const both = files(t, {
    'a.yml': 'target_policy: {deny: [{ports: [22]}]}',
    'b.yml': 'target_policy: {deny: [{ports: [23]}]}',
  });
  await t.rejects(open(both), { message: /b\.yml:1:1: target_policy: another file has it, at .*a\.yml:1:1/ });
  const broken = files(t, { 'a.yml': 'modules: {a: {prober: x}}', 'b.yml': 'target_policy: {deny: [{ports: [x]}]}' });
  await t.rejects(open(broken), { message: /b\.yml:1:\d+: target_policy/ }, 'a policy is not left out in silence');
});

t.test('a policy that is broken, whatever its key looks like, is not left out', async (t) => {
  for (const [name, text] of [
    ['not UTF-8', Buffer.from('# \xfc\ntarget_policy: {deny: [{ports: [22]}]}', 'latin1')],
    ['misspelt', 'target_polcy: {deny: [{ports: [22]}]}'],
  ] as const) {
    const folder = files(t, { 'a.yml': 'modules: {a: {prober: x}}' });
    writeFileSync(path.join(folder, 'b.yml'), text);
    await t.rejects(open(folder), { message: /b\.yml/ }, name);
  }
});

t.test('a reload does not lose the policy to a mistake', async (t) => {
  const folder = files(t, { 'a.yml': 'modules: {}', 'b.yml': 'target_policy: {deny: [{ports: [22]}]}' });
  const store = await open(folder);
  writeFileSync(path.join(folder, 'a.yml'), 'target_policy: {deny: [{addresses: [loopbak]}]}');
  writeFileSync(path.join(folder, 'b.yml'), 'modules: {b: {prober: x}}');
  await t.rejects(store.reload(), { message: /a\.yml:1:\d+: target_policy/ });
  t.equal(store.current().isGuarded, true);
});

t.test('a policy does not go while another file is broken', async (t) => {
  const folder = files(t, { 'a.yml': 'modules: {}', 'b.yml': 'target_policy: {deny: [{ports: [22]}]}' });
  const store = await open(folder);
  writeFileSync(path.join(folder, 'a.yml'), 'modules: [');
  writeFileSync(path.join(folder, 'b.yml'), 'modules: {b: {prober: x}}');
  await t.rejects(store.reload(), { message: /a\.yml/ });
  t.equal(store.current().isGuarded, true);
  writeFileSync(path.join(folder, 'a.yml'), 'modules: {}');
  await store.reload();
  t.equal(store.current().isGuarded, false, 'it goes once all files are sound');
});

t.test('what is empty is refused', async (t) => {
  for (const policy of [
    'target_policy:',
    'target_policy: {}',
    'target_policy: {trust_proxies: true}',
    'target_policy: {allow: }',
    'target_policy: {deny: }',
    'target_policy: {deny: [null]}',
    'target_policy: {allow: [{hosts: , ports: [443]}]}',
    'target_policy: {deny: [{addresses: , ports: [443]}]}',
  ]) {
    t.match(await problemsOf(`${policy}\nmodules: {}`), /f\.yml:1:\d+: target_policy/, policy);
    const block = policy.replace('target_policy:', '').trim();
    const module = `modules:\n  m:\n    prober: icmp\n    target_policy: ${block}\n`;
    t.match(await problemsOf(module), /f\.yml:4:\d+: modules\.m\.target_policy/, `${policy} of a module`);
  }
});

function open(folder: string): Promise<ConfigStore> {
  return ConfigStore.open({ paths: [folder], probers: [], clock: systemClock });
}

function files(t: Test, contents: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sonde-policy-files-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(contents)) writeFileSync(path.join(folder, name), text);
  return folder;
}
