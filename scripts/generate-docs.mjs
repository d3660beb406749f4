// Writes docs/configuration.md (every key of blackbox.yml, from schemas/) and docs/failure-reasons.md (from the
// compiled list in src/probe/failure.ts). With --check it only compares, and exits 1 if a page is stale.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAILURE_REASONS, PHASES } from '../dist/src/probe/failure.js';
import { FAILURE_ADVICE } from '../dist/src/probe/failure-advice.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const schemas = new Map(
  readdirSync(join(root, 'schemas'))
    .filter((name) => name.endsWith('.schema.json'))
    .map((name) => [name, JSON.parse(readFileSync(join(root, 'schemas', name), 'utf8'))]),
);

/** What a `$ref` leads to, with the file it is in; what stands beside it wins. */
function resolve(schema, file) {
  if (schema.$ref === undefined) return { schema, file };
  const [target, pointer = ''] = schema.$ref.split('#');
  const inFile = target === '' ? file : target;
  let found = schemas.get(inFile);
  for (const step of pointer.split('/').slice(1)) found = found[step];
  const further = resolve(found, inFile);
  return { ...further, schema: { ...further.schema, ...schema } };
}

/** The properties of a schema, those of its `allOf` parts included. */
function propertiesOf(schema, file) {
  const own = Object.entries(schema.properties ?? {}).map(([name, property]) => [name, property, file]);
  const parts = (schema.allOf ?? []).flatMap((part) => {
    const resolved = resolve(part, file);
    return propertiesOf(resolved.schema, resolved.file);
  });
  return [...own, ...parts];
}

function typeText(schema, file) {
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
  if (schema.enum !== undefined && schema.enum.length <= 8) {
    return schema.enum
      .filter((value) => value !== null)
      .map((value) => `\`${value}\``)
      .join(' ');
  }
  if (schema.format !== undefined) return schema.format.replace(/-or-0$/, '');
  if (types.includes('array') && schema.items !== undefined) {
    return `list of ${typeText(resolve(schema.items, file).schema, file)}`;
  }
  if (types.includes('object'))
    return schema.properties === undefined && schema.allOf === undefined ? 'mapping' : 'block';
  return types.join(' or ') || 'any';
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function defaultText(schema) {
  const value = schema.default;
  if (value === undefined || value === '' || (typeof value === 'object' && value !== null)) return '';
  return `\`${JSON.stringify(value)}\``;
}

/** Rows of a block's keys; blocks below it come as rows of their own, with the path as their key. */
function rowsOf(schema, file, prefix, seen) {
  return propertiesOf(schema, file).flatMap(([name, property, inFile]) => {
    const resolved = resolve(property, inFile);
    const key = `${prefix}${name}`;
    const { schema: target } = resolved;
    const row = `| \`${key}\` | ${typeText(target, resolved.file)} | ${defaultText(target)} | ${cell(target.description ?? '')}${target.writeOnly ? ' Never shown.' : ''} |`;
    return [row, ...nestedRows(target, resolved.file, key, seen)];
  });
}

function nestedRows(schema, file, key, seen) {
  const inner =
    schema.items ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : schema);
  const suffix = schema.items !== undefined ? '[].' : inner === schema ? '.' : '.*.';
  const resolved = resolve(inner, file);
  if (propertiesOf(resolved.schema, resolved.file).length === 0 || seen.includes(resolved.schema.title ?? key))
    return [];
  return rowsOf(resolved.schema, resolved.file, `${key}${suffix}`, [...seen, resolved.schema.title ?? key]);
}

const HEAD = '| key | type | default | what it is for |\n|---|---|---|---|';

function configurationPage() {
  const { schema, file } = resolve({ $ref: 'blackbox.schema.json#/$defs/module' }, 'blackbox.schema.json');
  const properties = propertiesOf(schema, file);
  const blocks = properties.filter(([, property]) => property.$ref !== undefined);
  const plain = properties.filter(([, property]) => property.$ref === undefined);
  const sections = blocks.map(([name, property]) => {
    const resolved = resolve(property, file);
    return `## ${name}\n\n${property.description}\n\n${HEAD}\n${rowsOf(resolved.schema, resolved.file, '', []).join('\n')}\n`;
  });
  return `# Configuration: every key of blackbox.yml

This page is made from the JSON Schema files in [schemas/](../schemas), which also validate the file and complete it in editors:
put \`# yaml-language-server: $schema=<path or URL of schemas/blackbox.schema.json>\` on its first line.
Types are those of Go's YAML: a string may be written as any scalar, a boolean as \`true\`, \`yes\` or \`on\`, and \`null\` means the default.
*go-duration* is \`1h30m\`, \`1.5s\`, \`500ms\` (no days, no bare numbers); *byte-size* is \`10MB\` or \`10MiB\`, both 1024-based; *go-regexp* is a regular
expression in [RE2 syntax](https://github.com/google/re2/wiki/Syntax), unanchored, of up to 10,000 characters (50,000 with its repeats written out and each class of Unicode as 100); *cel* is a [CEL](https://cel.dev) expression over the variable \`body\`, of up to 10,000 characters. Expressions of over 500 characters, and patterns of over 1,000, are compiled and used in a thread.
File names are relative to the directory in which Sonde was started.

## modules.NAME

${HEAD}
${rowsOf({ properties: Object.fromEntries(plain) }, file, '', []).join('\n')}

${sections.join('\n')}`;
}

function reasonsPage() {
  const rows = (list) =>
    Object.entries(list)
      .map(([word, meaning]) => `| \`${word}\` | ${cell(meaning)} |`)
      .join('\n');
  const reasonRows = () =>
    Object.entries(FAILURE_REASONS)
      .map(([word, meaning]) => `| \`${word}\` | ${cell(meaning)} | ${cell(FAILURE_ADVICE[word])} |`)
      .join('\n');
  return `# Why a probe failed: phases and reasons

Every failed probe has \`probe_failure_info{phase="…",reason="…"} 1\`; a successful one has no such series. The log line of the failure carries the same
two words with the particulars. Both lists are closed: a word is never renamed, and never means something else later.

\`probe_failed_phase_duration_seconds{phase="…"}\` tells how long that phase took until it failed. The duration gauges of the probers stay as upstream has them:
zero for \`processing\` after a response timeout, zero for \`connect\` and \`tls\` after a certificate that does not verify. What these phases took is in the
log line \`Probe failed\`, as \`connect_seconds\`, \`tls_seconds\` and so on; after redirects it tells of the last request only.

## Phases

| phase | what happens in it |
|---|---|
${rows(PHASES)}

## Reasons

\`sonde probe\` shows both texts with what it found.

| reason | what it says | what to do next |
|---|---|---|
${reasonRows()}
`;
}

const pages = { 'docs/configuration.md': configurationPage(), 'docs/failure-reasons.md': reasonsPage() };
let stale = false;
for (const [name, text] of Object.entries(pages)) {
  const path = join(root, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale = true;
  if (process.argv.includes('--check')) console.error(`${name} is stale: run \`npm run generate\``);
  else writeFileSync(path, text);
}
if (stale && process.argv.includes('--check')) process.exit(1);
