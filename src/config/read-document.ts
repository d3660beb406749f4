import type { PathStep } from '../values/config-error.js';
import { inSlices, type Steps } from '../values/in-slices.js';
import type { ConfigProblem } from './config-problem.js';
import { expandDocument, type ExpandedDocument } from './references/expand-document.js';
import type { Environment } from './references/resolve-references.js';
import { checkFormats } from './schema/check-formats.js';
import { coerce, type Coerced } from './schema/coerce.js';
import type { Finding } from './schema/finding.js';
import type { Shape } from './schema/shape.js';
import { explainInvalid, type SchemaError, type SchemaValidator, validateSchema } from './schema/validate-schema.js';
import { readYaml } from './yaml/read-yaml.js';

/** The schema of a kind of file, with its validator. */
export interface DocumentKind {
  readonly shape: Shape;
  readonly validate: SchemaValidator;
  /** The variables that texts may refer to; absent where they refer to none. */
  readonly env?: Environment | undefined;
  /**
   * Makes the value to check from the value that was read, where parts of it stand for other values. `shown` has
   * references in place of values.
   */
  readonly prepare?: (value: unknown, shown: unknown) => Promise<Prepared>;
}

/** Values that are checked in place of those that were read, which have the same paths. */
export interface Prepared {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** Whether a mistake at this path is one of the file. */
  readonly isOfFile: (path: readonly PathStep[]) => boolean;
}

/** A file as its schema sees it. */
export type ReadDocument =
  /** `problems` has the mistakes of single keys. Rules between keys are checked by the caller. */
  | {
      readonly kind: 'read';
      readonly value: unknown;
      /** The document with its references unexpanded, which is what pages show. */
      readonly shown: unknown;
      readonly references: ExpandedDocument;
      readonly problems: readonly ConfigProblem[];
      /** The problems that are about the form of the YAML, such as a list in the place of a text. */
      readonly structural: readonly ConfigProblem[];
      /** Finds the place in the file of a mistake that is found later. */
      readonly locate: (finding: Finding) => ConfigProblem;
    }
  | { readonly kind: 'empty' }
  /** The file cannot be read any further. */
  | { readonly kind: 'unusable'; readonly problems: readonly ConfigProblem[] };

/**
 * More characters than any configuration needs. Parsing takes some 0.7 s of a processor a MiB if all of it is short
 * values, in a thread of its own.
 */
const LONGEST_TEXT = 4 * 1024 * 1024;

/** More mistakes than anybody reads. This also bounds the work for a file that is full of mistakes. */
const MOST_PROBLEMS = 1000;

/** Reads YAML text by the schema of `kind`, and checks every key on its own; in turns with other work. */
export async function readDocument(text: string, kind: DocumentKind): Promise<ReadDocument> {
  const { shape } = kind;
  if (text.length > LONGEST_TEXT) return unusable(`the file is longer than ${LONGEST_TEXT} characters; split it`);
  const yaml = await readYaml(text);
  if (yaml.kind === 'malformed') return { kind: 'unusable', problems: [yaml.problem] };
  if (yaml.kind === 'empty') return yaml;
  const expanded = await expandDocument(text, yaml.root, { shape, env: kind.env });
  const coerced = await inSlices(coerce(expanded.root, shape));
  const shown =
    expanded.shown === expanded.root ? coerced.value : (await inSlices(coerce(expanded.shown, shape))).value;
  const prepared = (await kind.prepare?.(coerced.value, shown)) ?? asRead(coerced.value);
  const invalid = await inSlices(validateSchema(prepared.value, kind));
  const unformed = await checkFormats(prepared.value, shape);
  return inSlices(documentOf({ coerced, shown, expanded }, { shape, prepared, invalid, unformed }));
}

/** The parsed document with its references resolved, before the schema validates it. */
interface Typed {
  readonly coerced: Coerced;
  readonly shown: unknown;
  readonly expanded: ExpandedDocument;
}

/** The result of validation: values ready for use, and the mistakes that the schema and its formats found. */
interface Checked {
  readonly shape: Shape;
  readonly prepared: Prepared;
  readonly invalid: readonly SchemaError[];
  readonly unformed: readonly Finding[];
}

function* documentOf({ coerced, shown, expanded }: Typed, checked: Checked): Steps<ReadDocument> {
  const locate = (finding: Finding): ConfigProblem => withoutValues(locateIn(coerced, finding), expanded);
  const { structural, more: unread } = yield* unreadOf(coerced, expanded);
  const problems = [...structural];
  const { findings, more: others } = yield* findingsOf(checked);
  for (const finding of findings) {
    yield;
    const problem = locate(finding);
    if (!isWithinAny(problem.path, structural)) problems.push(problem);
  }
  const more = unread + others;
  if (more > 0) {
    return { kind: 'unusable', problems: [...problems, { path: [], message: `there are ${more} more mistakes` }] };
  }
  return { kind: 'read', value: coerced.value, shown, references: expanded, problems, structural, locate };
}

/**
 * The values of a file by its schema's types, not checked, and the same as they are shown; undefined for a text that is
 * no YAML, or is empty.
 */
export async function readValues(
  text: string,
  shape: Shape,
  env: Environment | undefined,
): Promise<{ readonly value: unknown; readonly shown: unknown } | undefined> {
  const yaml = text.length > LONGEST_TEXT ? undefined : await readYaml(text);
  if (yaml?.kind !== 'document') return undefined;
  const { root, shown } = await expandDocument(text, yaml.root, { shape, env });
  const { value } = await inSlices(coerce(root, shape));
  return { value, shown: shown === root ? value : (await inSlices(coerce(shown, shape))).value };
}

/** A mistake in the value of a reference does not cite that value. */
function withoutValues(problem: ConfigProblem, { isExpanded, mask }: ExpandedDocument): ConfigProblem {
  const { path, message } = problem;
  if (!isExpanded(path)) return { ...problem, message: mask(message) };
  const about = message.startsWith('could not compile') ? message.replace(/:.*/s, '') : 'it does not fit here';
  return { ...problem, message: `what the reference stands for: ${about}` };
}

/** Mistakes of reading, at most MOST_PROBLEMS of them, and the number of further ones. */
function* unreadOf(
  { problems }: Coerced,
  expanded: ExpandedDocument,
): Steps<{ readonly structural: readonly ConfigProblem[]; readonly more: number }> {
  const structural = expanded.problems.slice(0, MOST_PROBLEMS);
  for (const problem of problems.slice(0, MOST_PROBLEMS - structural.length)) {
    yield;
    structural.push(withoutValues(problem, expanded));
  }
  return { structural, more: expanded.problems.length + problems.length - structural.length };
}

/** The first problems, and a line that counts the others. */
function* findingsOf({ shape, prepared, invalid, unformed }: Checked): Steps<{
  readonly findings: readonly Finding[];
  readonly more: number;
}> {
  const explained: Finding[] = [];
  for (const error of invalid.slice(0, MOST_PROBLEMS)) {
    yield;
    explained.push(explainInvalid(error, prepared.value, shape));
  }
  const ofFile = [...explained, ...unformed].filter(({ path }) => prepared.isOfFile(path));
  const all = [...prepared.findings, ...ofFile];
  const findings = all.slice(0, MOST_PROBLEMS);
  return { findings, more: all.length - findings.length + invalid.length - explained.length };
}

function asRead(value: unknown): Prepared {
  return { value, findings: [], isOfFile: () => true };
}

/** Whether a path begins with the whole of another one. */
export function startsWith(path: readonly PathStep[], start: readonly PathStep[]): boolean {
  return start.every((step, index) => path[index] === step);
}

function unusable(message: string): ReadDocument {
  return { kind: 'unusable', problems: [{ path: [], message }] };
}

function locateIn({ value, places }: Coerced, { path, at, message }: Finding): ConfigProblem {
  return { ...places.locate(value, path, at), message };
}

/**
 * Whether a path leads to or into a value that has been reported. That value is missing, so anything that follows from
 * it is noise.
 */
function isWithinAny(path: readonly PathStep[], problems: readonly ConfigProblem[]): boolean {
  return problems.some((problem) => startsWith(path, problem.path));
}
