import { isSecretName, maskLogin } from '../../values/masked-text.js';
import { ownValue } from '../../values/own-value.js';
import { isContainer } from '../schema/places.js';
import type { Shape } from '../schema/shape.js';

/** Keys that stand for credentials though their values are not: names of files, and references. */
const CREDENTIAL_KEYS: ReadonlySet<string> = new Set(
  ['basic_auth', 'authorization', 'oauth2', 'bearer_token_file', 'password_file', 'password_ref', 'files'].concat([
    'key_file',
    'key_ref',
    'cert_file',
    'cert_ref',
  ]),
);

/** Whether a value has credentials that a probe would send to its target. */
export function hasCredentials(value: unknown, shape: Shape): boolean {
  switch (shape.kind) {
    case 'text':
      return (
        typeof value === 'string' && value !== '' && (shape.secret || (shape.mayLogIn && maskLogin(value) !== value))
      );
    case 'list':
      return Array.isArray(value) && value.some((item) => hasCredentials(item, shape.items));
    case 'map':
      return entriesOf(value).some(
        ([key, each]) => (shape.secretNames && isSecretName(key)) || hasCredentials(each, shape.values),
      );
    case 'struct':
      return [...shape.properties].some(([key, property]) => {
        const each = isContainer(value) ? ownValue(value, key) : undefined;
        return isGiven(each) && (CREDENTIAL_KEYS.has(key) || hasCredentials(each, property));
      });
    default:
      return false;
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isContainer(value) ? Object.entries(value) : [];
}
