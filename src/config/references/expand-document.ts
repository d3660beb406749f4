import { type TextMask, textMask } from '../../probe/text-mask.js';
import type { PathStep } from '../../values/config-error.js';
import { inSlices } from '../../values/in-slices.js';
import type { ConfigProblem } from '../config-problem.js';
import type { Shape } from '../schema/shape.js';
import type { YamlNode } from '../yaml/yaml-node.js';
import { expandNodes, referencesOf } from './expand-nodes.js';
import { mayHaveReferences } from './reference-text.js';
import {
  type Environment,
  referencesChecksum,
  type ResolvedReference,
  resolveReferences,
} from './resolve-references.js';

/** The references of a file (variables and other files), and a checksum of the values that they had. */
export interface UsedReferences {
  readonly keys: readonly string[];
  readonly checksum: string;
}

/** A document with the values of its references. */
export interface ExpandedDocument {
  readonly root: YamlNode;
  /** The document as `/config` shows it, with secrets masked; the same object where there is no reference. */
  readonly shown: YamlNode;
  readonly problems: readonly ConfigProblem[];
  readonly used: UsedReferences;
  /** The values by reference. */
  readonly values: ReadonlyMap<string, string>;
  /** Whether the value at a path, or one around it, has a reference. */
  readonly isExpanded: (path: readonly PathStep[]) => boolean;
  readonly mask: TextMask;
}

const NONE: UsedReferences = { keys: [], checksum: '' };

/** Expands the references of a file, in turns; without an environment they are texts like any other. */
export async function expandDocument(
  text: string,
  root: YamlNode,
  { shape, env }: { readonly shape: Shape; readonly env: Environment | undefined },
): Promise<ExpandedDocument> {
  const mayHave = env !== undefined && (mayHaveReferences(text) || text.includes('_file'));
  const keys = mayHave ? [...new Set(await inSlices(referencesOf(root, shape)))] : [];
  if (env === undefined || (keys.length === 0 && !mayHaveReferences(text))) return untouched(root);
  const resolved = await resolveReferences(keys, env);
  const { paths, ...expanded } = await inSlices(expandNodes(root, shape, resolved));
  const values = valuesOf(resolved);
  return {
    ...expanded,
    used: { keys, checksum: referencesChecksum(resolved) },
    values,
    isExpanded: (path) => path.some((_, index) => paths.has(JSON.stringify(path.slice(0, index + 1)))),
    mask: textMask([...values.values()]) ?? asItIs,
  };
}

/** Whether what a file refers to is still what it was. */
export async function areReferencesSame(
  { keys, checksum }: UsedReferences,
  env: Environment | undefined,
): Promise<boolean> {
  if (env === undefined || keys.length === 0) return true;
  return referencesChecksum(await resolveReferences(keys, env)) === checksum;
}

function valuesOf(resolved: ReadonlyMap<string, ResolvedReference>): ReadonlyMap<string, string> {
  return new Map([...resolved].flatMap(([key, value]) => ('text' in value ? [[key, value.text] as const] : [])));
}

function untouched(root: YamlNode): ExpandedDocument {
  return {
    ...{ root, shown: root, problems: [], used: NONE, values: new Map() },
    isExpanded: () => false,
    mask: asItIs,
  };
}

function asItIs(text: string): string {
  return text;
}
