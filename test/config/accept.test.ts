import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { ConfigFileError } from '../../src/config/config-problem.js';
import { loadConfig } from '../../src/config/load-config.js';
import { ACCEPT_TABLE } from './accept-table.js';

/** What `sonde check` says of a configuration, as one text; undefined if it has nothing to say. */
async function refusal(yaml: string): Promise<string | undefined> {
  try {
    const { faults } = await loadConfig(yaml, 'f.yml', []);
    return faults.length === 0 ? undefined : `error parsing config file: ${faults.join('\n')}`;
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

const FIXTURES = new URL('../../../test/fixtures/', import.meta.url);

t.test('the configurations of upstream’s own tests are accepted or refused as their names say', async (t) => {
  const folder = new URL('blackbox-config/', FIXTURES);
  const files = readdirSync(folder);
  t.ok(files.length >= 25, `there are ${files.length}`);
  for (const file of files) {
    const message = await refusal(readFileSync(new URL(file, folder), 'utf8'));
    t.equal(message !== undefined, /invalid|bad/.test(file), file);
  }
});

t.test("the course's blackbox.yml works verbatim", async (t) => {
  const text = readFileSync(new URL('course/blackbox.yml', FIXTURES), 'utf8');
  const { modules } = await loadConfig(text, 'course.yml', []);
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
