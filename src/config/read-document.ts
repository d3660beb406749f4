import type { PathStep } from '../values/config-error.js';
import { checkFormats } from './check-formats.js';
import { coerce } from './coerce.js';
import type { Coerced } from './coerce.js';
import type { ConfigProblem } from './config-problem.js';
import type { Finding } from './finding.js';
import { parseYaml } from './parse-yaml.js';
import type { Shape } from './shape.js';
import { validateSchema } from './validate-schema.js';
import type { SchemaValidator } from './validate-schema.js';

/** What a kind of file must look like. */
export interface DocumentKind {
  readonly shape: Shape;
  readonly validate: SchemaValidator;
}

/** A file as its schema sees it. */
export type ReadDocument =
  /** `problems` is what single keys have against them; rules between keys are the reader's. */
  | {
      readonly kind: 'read';
      readonly value: unknown;
      readonly problems: readonly ConfigProblem[];
      /** Those of them that are about the form of the YAML, such as a list in the place of a text. */
      readonly structural: readonly ConfigProblem[];
      /** Brings a mistake that is found later to its place in the file. */
      readonly locate: (finding: Finding) => ConfigProblem;
    }
  | { readonly kind: 'empty' }
  /** Nothing more can be said about it. */
  | { readonly kind: 'unusable'; readonly problems: readonly ConfigProblem[] };

/** More than any configuration needs, and what is read and held at once while loading. */
const LONGEST_TEXT = 16 * 1024 * 1024;

/** More mistakes than anybody reads; also bounds the work that a file of nothing but mistakes makes. */
const MOST_PROBLEMS = 1000;

/** Reads YAML text as `kind` wants it, and checks every single key. */
export async function readDocument(text: string, { shape, validate }: DocumentKind): Promise<ReadDocument> {
  if (text.length > LONGEST_TEXT) return unusable(`the file is longer than ${LONGEST_TEXT} characters; split it`);
  const yaml = parseYaml(text);
  if (yaml.kind === 'malformed') return { kind: 'unusable', problems: [yaml.problem] };
  if (yaml.kind === 'empty') return yaml;
  const coerced = coerce(yaml.root, shape);
  const locate = (finding: Finding): ConfigProblem => locateIn(coerced, finding);
  const found = [...validateSchema(coerced.value, shape, validate), ...(await checkFormats(coerced.value, shape))];
  const structural = coerced.problems.slice(0, MOST_PROBLEMS);
  const located = found.slice(0, MOST_PROBLEMS).map(locate);
  const problems = [...structural, ...located.filter((problem) => !isWithinAny(problem.path, structural))];
  const more = coerced.problems.length + found.length - structural.length - located.length;
  if (more > 0) {
    return { kind: 'unusable', problems: [...problems, { path: [], message: `there are ${more} more mistakes` }] };
  }
  return { kind: 'read', value: coerced.value, problems, structural, locate };
}

/** Whether a path begins with all of another. */
export function startsWith(path: readonly PathStep[], start: readonly PathStep[]): boolean {
  return start.every((step, index) => path[index] === step);
}

function unusable(message: string): ReadDocument {
  return { kind: 'unusable', problems: [{ path: [], message }] };
}

function locateIn({ value, places }: Coerced, { path, at, message }: Finding): ConfigProblem {
  return { ...places.locate(value, path, at), message };
}

/** Whether a path leads to or into something that has been complained about: it is not there, so whatever follows from that is noise. */
function isWithinAny(path: readonly PathStep[], problems: readonly ConfigProblem[]): boolean {
  return problems.some((problem) => startsWith(path, problem.path));
}
