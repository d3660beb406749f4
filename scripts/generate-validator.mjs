// Writes dist/schemas/validate-blackbox.cjs, validate-web.cjs and validate-remote-write.cjs: the schema files compiled
// to plain code by ajv. It is part of the build, because compiling them takes ajv half a second at each start, and
// loading the result a few milliseconds.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const schemas = fileURLToPath(new URL('../schemas/', import.meta.url));
const output = fileURLToPath(new URL('../dist/schemas/', import.meta.url));

const OPTIONS = {
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  inlineRefs: false,
  messages: false,
  code: { source: true, esm: false },
  // Formats are checked by src/config/schema/check-formats.ts, which can say what is wrong.
  validateFormats: false,
  keywords: ['x-text-is', 'x-secret-names', 'x-sonde-only', 'x-may-log-in', 'x-needs-value'],
};

/** What is only for readers would only make the code longer. */
function withoutProse(key, value) {
  const isProse = (key === 'description' || key === 'title') && typeof value === 'string';
  return isProse || key === 'examples' ? undefined : value;
}

mkdirSync(output, { recursive: true });
for (const kind of ['blackbox', 'web', 'remote-write']) {
  const ajv = new Ajv2020(OPTIONS);
  for (const name of readdirSync(schemas).sort()) {
    if (!name.endsWith('.schema.json')) continue;
    ajv.addSchema(JSON.parse(JSON.stringify(JSON.parse(readFileSync(join(schemas, name), 'utf8')), withoutProse)));
  }
  writeFileSync(join(output, `validate-${kind}.cjs`), standalone.default(ajv, ajv.getSchema(`${kind}.schema.json`)));
}
