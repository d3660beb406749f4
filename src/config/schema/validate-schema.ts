import type validateBlackbox from '../../../schemas/validate-blackbox.cjs';
import type { PathStep } from '../../values/config-error.js';
import type { Steps } from '../../values/in-slices.js';
import { ownEntries, ownValue, setOwnValue } from '../../values/own-value.js';
import { closest } from '../../values/suggest.js';
import { record } from './coerced-values.js';
import type { Finding } from './finding.js';
import { isContainer } from './places.js';
import type { Shape } from './shape.js';
import { explainUnknownKey } from './unknown-key.js';

/** A compiled schema. */
export type SchemaValidator = typeof validateBlackbox;

/** One mistake that a generated validator reports. */
export type SchemaError = validateBlackbox.SchemaError;

/** A schema in both of its forms. */
export interface Schema {
  readonly shape: Shape;
  readonly validate: SchemaValidator;
}

/**
 * Validates loaded values: finds unknown and missing keys, and values that are not allowed. Unknown keys at the
 * top, and the entries of the maps there, such as the modules of a configuration, are validated one in a step.
 */
export function* validateSchema(value: unknown, { shape, validate }: Schema): Steps<readonly SchemaError[]> {
  if (shape.kind !== 'struct' || !isContainer(value)) return errorsOf(value, validate);
  const top = record([]);
  const errors: SchemaError[] = [];
  for (const [key, entry] of ownEntries(value)) {
    const property = shape.properties.get(key);
    if (property === undefined) {
      yield;
      errors.push(...ofPart([[key, entry]], validate));
    } else if (property.kind === 'map' && isContainer(entry)) {
      for (const each of ownEntries(entry)) {
        yield;
        errors.push(...ofPart([[key, record([each])]], validate));
      }
      setOwnValue(top, key, record([]));
    } else setOwnValue(top, key, entry);
  }
  return [...errorsOf(top, validate), ...errors];
}

/** The keys beside a part are not missing: they are validated at the end. */
function ofPart(part: readonly (readonly [string, unknown])[], validate: SchemaValidator): readonly SchemaError[] {
  const errors = errorsOf(record(part), validate);
  return errors.filter(({ keyword, instancePath }) => keyword !== 'required' || instancePath !== '');
}

function errorsOf(value: unknown, validate: SchemaValidator): readonly SchemaError[] {
  return validate(value) ? [] : (validate.errors ?? []);
}

/** Says what is wrong and what was probably meant, which costs more than finding it. */
export function explainInvalid(
  { instancePath, keyword, params }: validateBlackbox.SchemaError,
  root: unknown,
  shape: Shape,
): Finding {
  const path = pathOf(instancePath, root);
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      return { path: [...path, key], at: 'key', message: explainUnknownKey({ key, path, root, shape }) };
    }
    case 'required': {
      const key = String(params['missingProperty']);
      return { path: [...path, key], at: 'key', message: 'the key is missing; it must be set here' };
    }
    case 'enum':
      return { path, at: 'value', message: notAmong(valueAt(root, path), params['allowedValues']) };
    case 'minLength':
      return { path, at: 'value', message: 'this is empty; it must be set' };
    case 'minimum':
    case 'maximum':
      return { path, at: 'value', message: outOfBounds(valueAt(root, path), keyword, params['limit']) };
    default:
      return { path, at: 'value', message: `the value is not possible here; it must be ${String(params['type'])}` };
  }
}

/** Converts a JSON pointer (RFC 6901) into a path. */
function pathOf(pointer: string, root: unknown): readonly PathStep[] {
  const path: PathStep[] = [];
  let value = root;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    const step = Array.isArray(value) ? Number(key) : key;
    path.push(step);
    value = isContainer(value) ? ownValue(value, step) : undefined;
  }
  return path;
}

function valueAt(root: unknown, path: readonly PathStep[]): unknown {
  return path.reduce((value: unknown, step) => (isContainer(value) ? ownValue(value, step) : undefined), root);
}

/** A list of at most this many words is shown whole beside the closest one. */
const SHORT_LIST = 6;

function notAmong(value: unknown, allowed: unknown): string {
  const possible = Array.isArray(allowed) ? allowed.filter((each) => typeof each === 'string' && each !== '') : [];
  const meant = closest(String(value), possible);
  const start = `${JSON.stringify(value)} is not possible here`;
  const all = `it must be one of ${possible.join(', ')}`;
  if (meant === undefined) return `${start}; ${all}`;
  const question = `${start}; did you mean "${meant}"?`;
  // The closest word may be the wrong guess (TLS19), so that a short list is shown whole, but not for a mere capital.
  const isSure = possible.length > SHORT_LIST || meant.toLowerCase() === String(value).toLowerCase();
  return isSure ? question : `${question} ${all}`;
}

function outOfBounds(value: unknown, keyword: 'minimum' | 'maximum', limit: unknown): string {
  return `${String(value)} is not possible here; it must be ${keyword === 'minimum' ? 'at least' : 'at most'} ${String(limit)}`;
}
