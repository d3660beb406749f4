import { formatByteSize, parseByteSize } from '../values/byte-size.js';
import { formatGoDuration, parseGoDuration } from '../values/duration.js';
import { redactUrl } from '../values/go/go-url.js';
import { isSecretName, maskLogin } from '../values/masked-text.js';
import { ownValue } from '../values/own-value.js';
import { MASK } from '../values/secret.js';
import { compareNaturally } from './natural-order.js';
import { mayHaveReferences } from './references/reference-text.js';
import { isContainer } from './schema/places.js';
import type { Shape } from './schema/shape.js';
import { isList, isMap, type YamlMap, type YamlValue } from './yaml/write-yaml.js';

type Given = Readonly<Record<string, unknown>>;

/** Booleans that upstream shows even if they are false. */
const ALWAYS_SHOWN = new Set(['follow_redirects', 'enable_http2', 'insecure_skip_verify']);

/**
 * Describes a module as upstream's /config and debug output do: in the order of the schema, without zero values, with
 * the blocks of all probers and their defaults, and with secrets masked. `given` is the module as loaded, without
 * defaults; null for an empty module.
 */
export function describeModule(given: unknown, shape: Shape): YamlMap {
  if (shape.kind !== 'struct' || !isContainer(given)) return new Map();
  const shown = new Map<string, YamlValue>();
  for (const [key, property] of shape.properties) {
    const value = ownValue(given, key) ?? (property.kind === 'struct' ? property.default : undefined);
    const described = describe(normalised(key, value), property);
    if (described !== undefined) shown.set(key, described);
  }
  return shown;
}

/** Describes a module without the defaults of the blocks that its prober does not use. */
export function describeOwnBlock(given: unknown, shape: Shape, prober: string | undefined): YamlMap {
  const isForeign = (key: string): boolean =>
    key !== prober &&
    shape.kind === 'struct' &&
    shape.properties.get(key)?.kind === 'struct' &&
    isContainer(given) &&
    ownValue(given, key) === undefined;
  return new Map([...describeModule(given, shape)].filter(([key]) => !isForeign(key)));
}

/** Replaces deprecated and short forms by the full ones. */
function normalised(key: string, value: unknown): unknown {
  if (!isContainer(value)) return value;
  if (key === 'websocket') return { ...value, http_config: normalised('http', value['http_config']) };
  if (key !== 'http') return value;
  const { no_follow_redirects: notFollowing, bearer_token: token, bearer_token_file: file, ...rest } = value;
  const follow = typeof notFollowing === 'boolean' ? { follow_redirects: !notFollowing } : {};
  const bearer = { ...(isText(token) && { credentials: token }), ...(isText(file) && { credentials_file: file }) };
  return { ...rest, ...follow, ...(Object.keys(bearer).length > 0 && { authorization: bearer }) };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Returns undefined for values that are not shown. */
function describe(value: unknown, shape: Shape): YamlValue | undefined {
  switch (shape.kind) {
    case 'struct':
      return isContainer(value) ? describeStruct(value, shape) : undefined;
    case 'map':
      return isContainer(value) ? describeMap(value, shape) : undefined;
    case 'list': {
      const items = Array.isArray(value) ? value.map((item) => describeItem(item, shape.items)) : [];
      return items.length > 0 ? items : undefined;
    }
    case 'text':
      // Upstream keeps an empty regular expression as given, but prints it as null.
      if (value === '' && shape.format === 'go-regexp') return null;
      return isText(value) ? describeText(String(value), shape) : undefined;
    case 'integer':
      return typeof value === 'number' && value !== 0 ? value : undefined;
    case 'boolean':
      return value === true ? true : undefined;
    case 'any':
      return describeAny(value);
  }
}

/** In a list, zero and the empty text are items, so they are shown. */
function describeItem(item: unknown, shape: Shape): YamlValue {
  const described = describe(item, shape);
  if (described !== undefined) return described;
  return item === 0 || item === '' ? item : null;
}

function describeText(text: string, shape: Shape & { readonly kind: 'text' }): YamlValue | undefined {
  if (shape.secret) return MASK;
  if (mayHaveReferences(text)) return text;
  switch (shape.format) {
    case 'go-duration': {
      const seconds = parseGoDuration(text);
      return seconds === 0 ? undefined : formatGoDuration(seconds);
    }
    case 'byte-size': {
      const bytes = parseByteSize(text);
      return bytes === 0 ? undefined : formatByteSize(bytes);
    }
    default:
      // This only changes a login or a URL with a password.
      return redactUrl(shape.mayLogIn ? maskLogin(text) : text);
  }
}

function describeStruct(given: Given, shape: Shape & { readonly kind: 'struct' }): YamlValue | undefined {
  const shown = new Map<string, YamlValue>();
  const always = new Map<string, YamlValue>();
  for (const [key, property] of shape.properties) {
    const value = ownValue(given, key) ?? shownDefault(key, property, shape);
    const described = describe(value, property);
    if (described !== undefined) shown.set(key, described);
    else if (ALWAYS_SHOWN.has(key)) always.set(key, false);
  }
  const onlyText = shape.textIs !== undefined && shown.size === 1 ? shown.get(shape.textIs) : undefined;
  if (typeof onlyText === 'string') return onlyText;
  // An optional block that is present is shown even if it is empty, because its absence has another meaning.
  const isOptional = shape.default === undefined && shape.name !== 'unix.schema.json';
  if (shown.size === 0 && !isOptional) return undefined;
  return new Map(
    [...shape.properties.keys()].flatMap((key) => {
      const value = shown.get(key) ?? always.get(key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/**
 * Returns a default that upstream fills in when it loads a file. It applies other defaults only in a probe, and does
 * not show them.
 */
function shownDefault(key: string, property: Shape, parent: Shape): unknown {
  const isNumberOrTruth = property.kind === 'boolean' || property.kind === 'integer';
  if (property.sondeOnly === true) return undefined;
  return isNumberOrTruth || (key === 'type' && parent.name === 'authorization') ? property.default : undefined;
}

function describeMap(given: Given, shape: Shape & { readonly kind: 'map' }): YamlValue | undefined {
  const keys = Object.keys(given).toSorted(compareNaturally);
  if (keys.length === 0) return undefined;
  return new Map(keys.map((key) => [key, describeEntry(key, ownValue(given, key), shape)] as const));
}

function describeEntry(
  key: string,
  value: unknown,
  { values, secretNames }: Shape & { readonly kind: 'map' },
): YamlValue {
  const described = describe(value, values) ?? emptyValue(values);
  return secretNames && isSecretName(key) ? masked(described) : described;
}

function emptyValue({ kind }: Shape): YamlValue {
  return kind === 'text' ? '' : kind === 'list' ? [] : kind === 'any' ? null : new Map();
}

/** Returns the same lists and mappings, with every value masked. */
function masked(value: YamlValue): YamlValue {
  if (isMap(value)) return new Map([...value].map(([key, each]) => [key, masked(each)] as const));
  return isList(value) ? value.map(masked) : MASK;
}

function describeAny(value: unknown): YamlValue {
  if (Array.isArray(value)) return value.map(describeAny);
  if (isContainer(value)) {
    return new Map(
      Object.keys(value)
        .toSorted(compareNaturally)
        .map((key) => [key, describeAny(ownValue(value, key))] as const),
    );
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
