// Writes src/values/raw-config.ts, src/values/raw-web-config.ts and src/config/remote-write/raw-remote-write.ts, the
// types of blackbox.yml, of the web config file and of the file of remote write after loading, from the JSON Schema
// files in schemas/. With --check it only compares, and exits 1 if a file is stale.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The outputs in order; a type that the first one has is imported by the others. */
const OUTPUTS = [
  { output: 'src/values/raw-config.ts', schemaFile: 'blackbox.schema.json', rootType: 'RawConfig' },
  { output: 'src/values/raw-web-config.ts', schemaFile: 'web.schema.json', rootType: 'RawWebConfig' },
  {
    output: 'src/config/remote-write/raw-remote-write.ts',
    schemaFile: 'remote-write.schema.json',
    rootType: 'RawRemoteWrite',
  },
];

/** The schema files; the key is the $id by which they refer to each other. */
const files = new Map(
  readdirSync(join(root, 'schemas'))
    .filter((name) => name.endsWith('.schema.json'))
    .sort()
    .map((name) => [name, JSON.parse(readFileSync(join(root, 'schemas', name), 'utf8'))]),
);

/** The interfaces of one output by name, each with its properties, in the order in which they are first needed. */
let interfaces = new Map();
/** The properties of the first output's interfaces, by name. */
const shared = new Map();
/** The names of those that the output needs. */
let imported = new Set();

const pascal = (name) => name.replace(/(?:^|[-_])([a-z])/g, (_match, letter) => letter.toUpperCase());

/**
 * Where a $ref leads: the schema, the file it is in, and the name of its type if it is a whole file or one of its
 * $defs.
 */
function follow(ref, file) {
  const [target, pointer = ''] = ref.split('#');
  const inFile = target === '' ? file : target;
  const steps = pointer.split('/').slice(1);
  let schema = files.get(inFile);
  for (const step of steps) schema = schema?.[step];
  if (schema === undefined) throw new Error(`Cannot follow "${ref}" in ${file}: there is nothing`);
  const whole = steps.length === 0 ? inFile.replace('.schema.json', '') : undefined;
  const name = whole ?? (steps.length === 2 && steps[0] === '$defs' ? steps[1] : undefined);
  return { schema, file: inFile, typeName: name && `Raw${pascal(name)}` };
}

/** A property with its reference followed: what stands beside $ref wins over what it leads to. */
function resolved(schema, file) {
  if (schema.$ref === undefined) return { schema, file };
  const target = follow(schema.$ref, file);
  const further = resolved(target.schema, target.file);
  return { ...further, typeName: target.typeName ?? further.typeName, schema: { ...further.schema, ...schema } };
}

function literal(value) {
  return `'${value}'`;
}

function typeOf(unresolved, fromFile) {
  const { schema, file, typeName } = resolved(unresolved, fromFile);
  if (schema.enum !== undefined)
    return schema.enum
      .filter((value) => value !== null)
      .map(literal)
      .join(' | ');
  const kinds = [schema.type]
    .flat()
    .filter((kind) => kind !== 'null' && (schema['x-text-is'] === undefined || kind !== 'string'));
  if (kinds.length !== 1)
    throw new Error(`Cannot make a type of "${schema.title ?? schema.description}": type ${kinds}`);
  switch (kinds[0]) {
    case 'string':
      return 'string';
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return `readonly (${typeOf(schema.items, file)})[]`;
    case 'object':
      if (schema.properties !== undefined) return addInterface(typeName, schema, file);
      if (schema.additionalProperties === true) return 'Readonly<Record<string, unknown>>';
      return `Readonly<Record<string, ${typeOf(schema.additionalProperties, file)}>>`;
    default:
      throw new Error(`Cannot make a type of "${kinds[0]}"`);
  }
}

function addInterface(name, schema, file) {
  if (interfaces.has(name)) return name;
  const properties = JSON.stringify(schema.properties);
  if (shared.has(name)) {
    if (shared.get(name) !== properties) throw new Error(`${name} has other properties in ${OUTPUTS[0].output}`);
    imported.add(name);
    return name;
  }
  interfaces.set(name, undefined);
  const members = Object.entries(schema.properties).map(([key, property]) => {
    const target = resolved(property, file).schema;
    const always = target.default !== undefined || schema.required?.includes(key);
    const defaulted = target.default === undefined ? '' : ` Default: ${JSON.stringify(target.default)}.`;
    const secret = target.writeOnly ? ' Secret.' : '';
    return `  /** ${target.description}${secret}${defaulted} */\n  readonly ${/^\w+$/.test(key) ? key : literal(key)}${always ? '' : '?'}: ${typeOf(property, file)};`;
  });
  const text = `/** ${schema.title}. */\nexport interface ${name} {\n${members.join('\n')}\n}`;
  interfaces.set(name, { text, properties });
  return name;
}

/** The line that imports the types of the first output, if there are any. */
function importsOf(output) {
  if (imported.size === 0) return [];
  const path = relative(dirname(output), OUTPUTS[0].output).replace(/\.ts$/, '.js');
  return [`import type { ${[...imported].sort().join(', ')} } from '${path}';`];
}

let stale = false;
for (const { output, schemaFile, rootType } of OUTPUTS) {
  interfaces = new Map();
  imported = new Set();
  addInterface(rootType, files.get(schemaFile), schemaFile);
  if (output === OUTPUTS[0].output) for (const [name, { properties }] of interfaces) shared.set(name, properties);
  const text = [
    '// Generated by scripts/generate-types.mjs from schemas/: edit those, then run `npm run generate`.',
    ...importsOf(output),
    ...[...interfaces.values()].map(({ text }) => text),
  ].join('\n\n');
  const path = join(root, output);
  const formatted = await format(text, { ...(await resolveConfig(path)), parser: 'typescript' });
  if (!process.argv.includes('--check')) writeFileSync(path, formatted);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== formatted) {
    stale = true;
    console.error(`${output} is stale: run \`npm run generate\``);
  }
}
if (stale) process.exit(1);
