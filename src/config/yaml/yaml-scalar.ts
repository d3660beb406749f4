import { textOfBytes } from '../../values/byte-string.js';
import { parseGoFloat } from '../../values/go/go-number.js';
import type { ScalarNode } from './yaml-node.js';

/** The value of a scalar as Go's yaml.v3 decodes it, with which upstream reads its file. */
export type Scalar =
  | { readonly type: 'null' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'text' | 'timestamp'; readonly value: string }
  | { readonly type: 'invalid'; readonly why: string };

const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);
const TRUES = new Set(['true', 'True', 'TRUE']);
const FALSES = new Set(['false', 'False', 'FALSE']);
const SPECIAL_FLOAT = /^(?:\.(?:nan|NaN|NAN)|[+-]?\.(?:inf|Inf|INF))$/;
const FLOAT = /^[+-]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^([+-]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|\s+)\d{1,2}:\d{2}:\d{2}(?:\.\d+)?(?:\s*(?:Z|[+-]\d{1,2}(?::\d{2})?))?)?$/;
const TAG_OF_TYPE: Readonly<Record<string, string>> = {
  null: '!!null',
  bool: '!!bool',
  int: '!!int',
  float: '!!float',
  timestamp: '!!timestamp',
};
const RESOLVED_TAGS = new Set(Object.values(TAG_OF_TYPE));

/** Resolves a scalar as yaml.v3 does (its resolve.go): by its tag, otherwise by its style and text. */
export function resolveScalar(node: ScalarNode): Scalar {
  if (node.tag === '!!binary') return decodeBinary(node.text);
  if (node.tag === '!!str' || (!node.plain && (node.tag === undefined || node.tag === '!'))) {
    return { type: 'text', value: node.text };
  }
  if (node.tag !== undefined && node.tag !== '!' && !RESOLVED_TAGS.has(node.tag))
    return { type: 'text', value: node.text };
  const scalar = resolvePlain(node.text);
  if (node.tag === undefined || node.tag === '!' || TAG_OF_TYPE[scalar.type] === node.tag) return scalar;
  if (node.tag === '!!float' && scalar.type === 'int') return { type: 'float', value: scalar.value };
  return { type: 'invalid', why: `is not what its tag ${node.tag} says` };
}

/** Resolves an unquoted scalar without a tag. */
export function resolvePlain(text: string): Scalar {
  if (NULLS.has(text)) return { type: 'null' };
  if (TRUES.has(text)) return { type: 'bool', value: true };
  if (FALSES.has(text)) return { type: 'bool', value: false };
  if (SPECIAL_FLOAT.test(text)) return { type: 'float', value: specialFloat(text) };
  if (!/^[-+.\d]/.test(text)) return { type: 'text', value: text };
  return resolveNumber(text) ?? { type: TIMESTAMP.test(text) ? 'timestamp' : 'text', value: text };
}

function specialFloat(text: string): number {
  if (/nan$/i.test(text)) return NaN;
  return text.startsWith('-') ? -Infinity : Infinity;
}

function resolveNumber(text: string): Scalar | undefined {
  if (text.startsWith('.')) return FLOAT.test(text) ? { type: 'float', value: parseGoFloat(text) } : undefined;
  const digits = text.replaceAll('_', '');
  const integer = INTEGER.exec(digits);
  if (integer !== null) {
    const [, sign, hexadecimal, binary, octal, decimal] = integer;
    const size = integerOf([hexadecimal, 16], [binary, 2], [octal, 8], [decimal, 10]);
    return { type: 'int', value: sign === '-' ? 0 - size : size };
  }
  return FLOAT.test(digits) ? { type: 'float', value: Number(digits) } : undefined;
}

function integerOf(...candidates: (readonly [string | undefined, number])[]): number {
  for (const [digits, base] of candidates) if (digits !== undefined) return Number.parseInt(digits, base);
  return 0;
}

function decodeBinary(text: string): Scalar {
  const compact = text.replaceAll(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(compact)) {
    return { type: 'invalid', why: 'is tagged !!binary, but is not base64' };
  }
  return { type: 'text', value: textOfBytes(Buffer.from(compact, 'base64')) };
}

const OLD_TRUES = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON']);
const OLD_FALSES = new Set(['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']);

/**
 * Returns the boolean that YAML 1.1 saw in a text such as `yes` or `off`, whether quoted or not. `true` and `false` are
 * not among them.
 */
export function oldBoolean(text: string): boolean | undefined {
  if (OLD_TRUES.has(text)) return true;
  return OLD_FALSES.has(text) ? false : undefined;
}
