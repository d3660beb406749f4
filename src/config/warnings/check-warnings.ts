import { FileProblem } from '../../files/file-problem.js';
import { factsOfFile } from '../../files/regular-file.js';
import type { PathStep } from '../../values/config-error.js';
import { ownValue } from '../../values/own-value.js';
import type { ModuleSource } from '../compile-module.js';
import { BLOCKS } from '../rules/module-rules.js';
import type { Finding } from '../schema/finding.js';
import { isContainer } from '../schema/places.js';
import type { Shape } from '../schema/shape.js';
import { moduleWarnings } from './module-warnings.js';

/**
 * Returns warnings for the command that checks a file: things that are no mistakes but probably not intended. It looks
 * up the files that the configuration names, relative to the current folder as the service does.
 */
export async function checkWarnings(source: ModuleSource, shape: Shape): Promise<readonly Finding[]> {
  const { name, given, raw } = source;
  if (raw === undefined || !isContainer(given) || shape.kind !== 'struct') return [];
  const start = ['modules', name];
  const findings: Finding[] = [...moduleWarnings(name, raw)].map(({ path, message }) =>
    warning([...start, ...path], 'key', message),
  );
  for (const block of BLOCKS) {
    if (!isContainer(given[block]) || block === raw.prober) continue;
    findings.push(warning([...start, block], 'key', `not used, because the module's prober is ${raw.prober}`));
  }
  const used = shape.properties.get(raw.prober);
  if (used === undefined) return findings;
  for (const text of namedTexts(given[raw.prober], used, [...start, raw.prober])) {
    const message = await messageFor(text);
    if (message !== undefined) findings.push(warning(text.path, 'value', message));
  }
  return findings;
}

function warning(path: readonly PathStep[], at: Finding['at'], message: string): Finding {
  return { path, at, message: `warning: ${message}` };
}

/** A text under a key that the schema knows. */
interface NamedText {
  readonly path: readonly PathStep[];
  readonly key: string;
  readonly text: string;
}

/** Skips mappings whose keys the user chooses, such as headers: their keys are not in the schema. */
function* namedTexts(value: unknown, shape: Shape, path: readonly PathStep[]): Generator<NamedText> {
  if (!isContainer(value)) return;
  if (shape.kind === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* namedTexts(item, shape.items, [...path, index]);
  } else if (shape.kind === 'map') {
    for (const [key, item] of Object.entries(value)) yield* namedTexts(item, shape.values, [...path, key]);
  } else if (shape.kind === 'struct') {
    for (const [key, property] of shape.properties)
      yield* namedOrDeeper(ownValue(value, key), property, [...path, key]);
  }
}

function* namedOrDeeper(value: unknown, shape: Shape, path: readonly PathStep[]): Generator<NamedText> {
  if (shape.kind !== 'text') yield* namedTexts(value, shape, path);
  else if (typeof value === 'string' && value !== '') yield { path, key: String(path.at(-1)), text: value };
}

async function messageFor({ key, text }: NamedText): Promise<string | undefined> {
  if (key === 'preferred_ip_protocol') {
    return text === 'ip4' || text === 'ip6'
      ? undefined
      : `${JSON.stringify(text)} counts as ip4, as with blackbox_exporter; write ip4 or ip6`;
  }
  if (!key.endsWith('_file')) return undefined;
  try {
    return (await factsOfFile(text)).isDirectory() ? `read ${text}: is a directory` : undefined;
  } catch (error) {
    if (error instanceof FileProblem) return error.message;
    throw error;
  }
}
