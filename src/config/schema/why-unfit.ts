import type { ScalarNode, YamlNode } from '../yaml/yaml-node.js';
import { oldBoolean } from '../yaml/yaml-scalar.js';
import type { Shape } from './shape.js';

const WANTED: Readonly<Record<Shape['kind'], string>> = {
  struct: 'a mapping of keys to values',
  map: 'a mapping of names to values',
  list: 'a list, such as [a, b]',
  text: 'a text',
  integer: 'a whole number',
  boolean: 'true or false',
  any: 'anything',
};

/** Whether the shape is a duration as Go reads it: from text only, even where the number alone would do. */
export function isDuration(shape: Shape): boolean {
  return shape.kind === 'text' && (shape.format === 'go-duration' || shape.format === 'go-duration-or-0');
}

/** The reason why a node does not fit the schema: its kind, and the kind that is required. */
export function whyUnfit(node: YamlNode, shape: Shape): string {
  if (isDuration(shape)) {
    return `${given(node, { kind: 'integer' })} is no duration; write it with a unit, such as 5s or 1m30s`;
  }
  const hint = node.kind === 'scalar' ? (isOnlyQuoted(node, shape) ? ', without quotes' : missing(node, shape)) : '';
  return `${given(node, shape)} is not possible here; it must be ${WANTED[shape.kind]}${hint}`;
}

/** Recognises `prober http` and `prober:http` where they stand alone: to YAML they are texts. */
function missing({ text, plain }: ScalarNode, shape: Shape): string {
  const [, key = '', colon] = /^([\w-]{1,60})(?:\s+|(:))\S/.exec(text) ?? [];
  if (!plain || shape.kind !== 'struct' || !shape.properties.has(key)) return '';
  return colon === undefined ? `; is a \`:\` missing behind \`${key}\`?` : `; a blank is missing behind \`${key}:\``;
}

/** Only numbers and booleans are quoted: anything else might be a secret in the wrong place. */
function given(node: YamlNode, shape: Shape): string {
  if (node.kind === 'sequence') return 'a list';
  if (node.kind === 'mapping') return 'a mapping';
  if (shape.kind !== 'integer' && shape.kind !== 'boolean') return 'a single value';
  const text = node.text.length > 40 ? `${node.text.slice(0, 40)}...` : node.text;
  return node.plain ? `\`${text}\`` : `the text ${JSON.stringify(text)}`;
}

function isOnlyQuoted(node: ScalarNode, shape: Shape): boolean {
  if (node.plain) return false;
  if (shape.kind === 'integer') return /^[+-]?\d+$/.test(node.text);
  return shape.kind === 'boolean' && (/^(?:true|false)$/i.test(node.text) || oldBoolean(node.text) !== undefined);
}
