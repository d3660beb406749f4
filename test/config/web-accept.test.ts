import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkWebFile } from '../../src/services/web-access.js';
import { testShell } from '../helpers/documents/test-shell.js';
import { makeSelfSigned } from '../helpers/tls/certificates.js';
import { WEB_ACCEPT_TABLE } from './web-accept-table.js';

t.test('web config files that are accepted, and what is wrong with the others', async (t) => {
  const [one, two] = [await makeSelfSigned(), await makeSelfSigned()];
  const folder = t.testdir({ 'cert.pem': one.cert, 'key.pem': one.key, 'other-key.pem': two.key });
  const file = join(folder, 'web.yml');
  for (const { name, yaml, accepted, problem, warning } of WEB_ACCEPT_TABLE) {
    writeFileSync(file, yaml);
    const { problems, warnings } = await checkWebFile(file, testShell([]));
    const [first, ...others] = problems;
    if (warning !== undefined) t.match(warnings[0], warning, name);
    else t.same(warnings, [], name);
    t.equal(first === undefined, accepted, `${name}: ${first ?? 'accepted'}`);
    if (accepted) continue;
    t.ok(first?.startsWith(`${file}:`), `${name}: the file is named`);
    t.ok(others.length <= 1, `${name}: nothing follows from it`);
    if (problem !== undefined) t.match(first?.slice(file.length + 1), problem, name);
  }
});

t.test('no secret is quoted back', async (t) => {
  const folder = t.testdir({
    'web.yml': [
      'tls_server_config: { cert: secret-a, key: secret-b, client_ca: secret-c }',
      'basic_auth_users: { a: secret-d, b: [secret-e] }',
      '',
    ].join('\n'),
  });
  const { problems } = await checkWebFile(join(folder, 'web.yml'), testShell([]));
  t.ok(problems.length >= 2);
  t.notMatch(problems.join('\n'), /secret-[a-e]\b/);
});
