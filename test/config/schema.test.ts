import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const ROOT = new URL('../../../', import.meta.url);
const FILES = readdirSync(new URL('schemas/', ROOT)).filter((name) => name.endsWith('.schema.json'));

/** Each property of each object in a schema, with its path. */
function* properties(schema: unknown, path: string): Generator<readonly [string, Readonly<Record<string, unknown>>]> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      for (const [name, property] of Object.entries(value as Record<string, Record<string, unknown>>)) {
        yield [`${path}.${name}`, property];
      }
    }
    yield* properties(value, `${path}.${key}`);
  }
}

t.test('every property has a description, its own or the one that it refers to', async (t) => {
  for (const file of FILES) {
    const schema: unknown = JSON.parse(readFileSync(new URL(`schemas/${file}`, ROOT), 'utf8'));
    for (const [path, property] of properties(schema, file)) {
      const reference = property['$ref'];
      const elsewhere = typeof reference === 'string' && reference.includes('/properties/');
      t.ok(typeof property['description'] === 'string' || elsewhere, path);
    }
  }
});

t.test('the generated types are those of the schema', async (t) => {
  const script = fileURLToPath(new URL('scripts/generate-types.mjs', ROOT));
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
});

t.test('a generated type is in one file, from which the others import it', async (t) => {
  const files = ['values/raw-config.ts', 'values/raw-web-config.ts', 'config/remote-write/raw-remote-write.ts'];
  const names = files.flatMap((file) => {
    const text = readFileSync(new URL(`src/${file}`, ROOT), 'utf8');
    return [...text.matchAll(/^export interface (\w+)/gm)].map(([, name]) => name);
  });
  t.ok(names.includes('RawTlsConfig'));
  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});
