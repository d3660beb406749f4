import { existsSync, readFileSync, readdirSync } from 'node:fs';
import t from 'tap';
import { ConfigFileError } from '../../src/config/config-problem.js';
import { loadConfig } from '../../src/config/load-config.js';
import { ACCEPT_TABLE } from './accept-table.js';

/** The error text of a configuration; undefined if it is accepted. */
async function refusal(yaml: string): Promise<string | undefined> {
  try {
    await loadConfig(yaml, 'f.yml', []);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigFileError) return error.message;
    throw error;
  }
}

for (const { name, yaml, accepted } of ACCEPT_TABLE) {
  t.test(`${accepted ? 'accepts' : 'refuses'}: ${name}`, async (t) => {
    const message = await refusal(yaml);
    if (accepted) t.equal(message, undefined);
    else t.match(message, /^error parsing config file: f\.yml/);
  });
}

const REFERENCE = new URL('../../../../shared/reference/blackbox-config/', import.meta.url);
t.test('reference files are accepted or refused as their names say', async (t) => {
  if (!existsSync(REFERENCE)) {
    t.comment('skipped: ../shared/reference is not there');
    return;
  }
  for (const file of readdirSync(REFERENCE)) {
    const message = await refusal(readFileSync(new URL(file, REFERENCE), 'utf8'));
    t.equal(message !== undefined, /invalid|bad/.test(file), file);
  }
});

t.test("the course's blackbox.yml works verbatim", async (t) => {
  const course = new URL('../exporters-course.md', REFERENCE);
  if (!existsSync(course)) {
    t.comment('skipped: ../shared/reference is not there');
    return;
  }
  const section = /### 3\.2[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readFileSync(course, 'utf8'))?.[1] ?? '';
  const { modules } = await loadConfig(section, 'course.yml', []);
  t.equal(modules.size, 7);
});

t.test('the default blackbox.yml has the names that people expect', async (t) => {
  const text = readFileSync(new URL('../../../blackbox.yml', import.meta.url), 'utf8');
  const { modules } = await loadConfig(text, 'blackbox.yml', []);
  const expected = ['http_2xx', 'http_post_2xx', 'https_2xx', 'tcp_connect', 'tcp_connect_tls', 'icmp', 'dns_lookup'];
  t.same(
    expected.filter((name) => !modules.has(name)),
    [],
  );
});
