import type { PathStep } from '../../values/config-error.js';
import type { Steps } from '../../values/in-slices.js';
import { setOwnValue } from '../../values/own-value.js';
import type { ConfigProblem } from '../config-problem.js';
import { type PairProblem, PairReader, type TextPair } from '../yaml/mapping-pairs.js';
import type { MappingNode, ScalarNode, SequenceNode, YamlNode } from '../yaml/yaml-node.js';
import { oldBoolean, resolveScalar } from '../yaml/yaml-scalar.js';
import { meansDefault, record, zeroOf } from './coerced-values.js';
import { Places } from './places.js';
import type { Shape } from './shape.js';
import { isDuration, whyUnfit } from './why-unfit.js';

/**
 * The values of a file in the types of the schema. Values that cannot be converted are left out and have a finding
 * instead.
 */
export interface Coerced {
  /** The converted value; null for an empty document. */
  readonly value: unknown;
  readonly places: Places;
  readonly problems: readonly ConfigProblem[];
}

/** The most nodes that are visited. Aliases of aliases can make far more nodes than the file has characters. */
const MAX_VISITS = 500_000;

/** More items than any list needs. Later code processes a list in one piece in many places. */
const MOST_ITEMS = 100_000;

/** A visit takes a microsecond or two. */
const VISITS_A_STEP = 32;

/** The result for one node: null, a value, or a mistake that has been reported. */
type Outcome = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'null' | 'bad' };

const BAD: Outcome = { kind: 'bad' };
const VALUE_MISSING = 'the value is missing: write it, or leave the key out';
const NULL: Outcome = { kind: 'null' };

/** Thrown by Coercion if aliases make the document too large, and caught in `coerce`. */
class TooManyNodes extends Error {}

/**
 * Converts a tree into the types of the shape, as leniently as Go's yaml.v3 does (its decode.go), and records the place
 * of every value.
 */
export function* coerce(root: YamlNode, shape: Shape): Steps<Coerced> {
  const coercion = new Coercion();
  try {
    coercion.places.setRoot(root.offset);
    const outcome = yield* coercion.read(root, shape, []);
    const value = outcome.kind === 'value' ? outcome.value : null;
    return { value, places: coercion.places, problems: coercion.problems };
  } catch (error) {
    if (!(error instanceof TooManyNodes)) throw error;
    const message = `aliases make this document larger than ${MAX_VISITS} values; write it out, or use fewer of them`;
    return { value: null, places: coercion.places, problems: [{ path: [], offset: root.offset, message }] };
  }
}

class Coercion {
  readonly places = new Places();
  readonly problems: ConfigProblem[] = [];
  #visits = 0;
  /** The mappings whose keys have been reported, so that an alias does not repeat the report. */
  readonly #complained = new Set<YamlNode>();

  readonly #visit = (): void => {
    if (++this.#visits > MAX_VISITS) throw new TooManyNodes();
  };

  readonly #reader = new PairReader(this.#visit);

  *read(node: YamlNode, shape: Shape, path: readonly PathStep[]): Steps<Outcome> {
    this.#visit();
    if (this.#visits % VISITS_A_STEP === 0) yield;
    if (node.kind === 'scalar') return this.#scalar(node, shape, path);
    switch (shape.kind) {
      case 'struct':
        if (node.kind !== 'mapping') break;
        return yield* this.#struct(node, shape.properties, path);
      case 'map':
        if (node.kind !== 'mapping') break;
        return yield* this.#map(node, shape.values, path);
      case 'list':
        if (node.kind !== 'sequence') break;
        return yield* this.#list(node, shape.items, path);
      case 'any':
        return yield* node.kind === 'sequence' ? this.#list(node, shape, path) : this.#map(node, shape, path);
      default:
    }
    return this.#wrongKind(node, shape, path);
  }

  #scalar(node: ScalarNode, shape: Shape, path: readonly PathStep[]): Outcome {
    const scalar = resolveScalar(node);
    if (scalar.type === 'null') return NULL;
    if (scalar.type === 'invalid') return this.#bad(node, path, scalar.why);
    switch (shape.kind) {
      case 'text':
        if (scalar.type !== 'text' && isDuration(shape)) {
          // The YAML of the web config file, which is an older one upstream, takes numbers for nanoseconds.
          const isZero = shape.format === 'go-duration-or-0' && scalar.type === 'int' && scalar.value === 0;
          return isZero ? value('0') : this.#wrongKind(node, shape, path);
        }
        return value(node.tag === '!!binary' ? scalar.value : node.text);
      case 'any':
        return value(scalar.value);
      case 'boolean': {
        const truth =
          scalar.type === 'bool' ? scalar.value : scalar.type === 'text' ? oldBoolean(scalar.value) : undefined;
        return truth === undefined ? this.#bad(node, path, whyUnfit(node, shape)) : value(truth);
      }
      case 'integer': {
        const isNumber = scalar.type === 'int' || scalar.type === 'float';
        const fits = isNumber && scalar.value >= -(2 ** 63) && scalar.value < 2 ** 63;
        return fits ? value(Math.trunc(scalar.value)) : this.#bad(node, path, whyUnfit(node, shape));
      }
      case 'struct':
        if (shape.textIs === undefined) return this.#wrongKind(node, shape, path);
        return this.#wrapped(node, shape, scalar.type === 'text' ? scalar.value : node.text);
      default:
        return this.#wrongKind(node, shape, path);
    }
  }

  /**
   * Converts `X: text`, which is short for `X: {values: [text]}` or `X: {text: text}`, depending on the kind of the
   * key.
   */
  #wrapped(
    node: ScalarNode,
    { properties, textIs: key = '' }: Shape & { readonly kind: 'struct' },
    text: string,
  ): Outcome {
    const isList = properties.get(key)?.kind === 'list';
    const content = isList ? [text] : text;
    const result = record([[key, content]]);
    this.places.record(result, key, { keyOffset: node.offset, valueOffset: node.offset, step: key });
    if (typeof content !== 'string') {
      this.places.record(content, 0, { keyOffset: node.offset, valueOffset: node.offset, step: 0 });
    }
    return value(result);
  }

  *#struct(node: MappingNode, properties: ReadonlyMap<string, Shape>, path: readonly PathStep[]): Steps<Outcome> {
    const result = record([]);
    for (const pair of yield* this.#pairs(node, path)) {
      const property = properties.get(pair.key);
      if (property === undefined) {
        yield;
        // The entry stays as null, so that the validator can name its key.
        this.#put(result, pair, value(null));
        continue;
      }
      const inner = [...path, pair.key];
      const read = yield* this.read(pair.value, property, inner);
      const isMissing = read.kind === 'null' && property.needsValue === true;
      const outcome = isMissing ? this.#bad(pair.value, inner, VALUE_MISSING) : read;
      this.#put(result, pair, outcome.kind === 'value' && meansDefault(outcome.value, property) ? NULL : outcome);
    }
    return value(result);
  }

  #put(result: Record<string, unknown>, pair: TextPair, outcome: Outcome): void {
    const { key, keyOffset, value: node } = pair;
    this.places.record(result, key, { keyOffset, valueOffset: node.offset, step: key });
    if (outcome.kind === 'value') setOwnValue(result, key, outcome.value);
  }

  *#map(node: MappingNode, values: Shape, path: readonly PathStep[]): Steps<Outcome> {
    const result = record([]);
    for (const pair of yield* this.#pairs(node, path)) {
      const outcome = yield* this.read(pair.value, values, [...path, pair.key]);
      this.#put(result, pair, outcome.kind === 'null' ? value(zeroOf(values)) : outcome);
    }
    return value(result);
  }

  *#list(node: SequenceNode, items: Shape, path: readonly PathStep[]): Steps<Outcome> {
    const { length } = node.items;
    if (length > MOST_ITEMS)
      return this.#bad(node, path, `a list of ${length} items; at most ${MOST_ITEMS} are possible`);
    const result: unknown[] = [];
    for (const [index, item] of node.items.entries()) {
      const outcome = yield* this.read(item, items, [...path, index]);
      if (outcome.kind === 'null' && items.kind === 'any') result.push(null);
      if (outcome.kind !== 'value') continue;
      this.places.record(result, result.length, { keyOffset: item.offset, valueOffset: item.offset, step: index });
      result.push(outcome.value);
    }
    return value(result);
  }

  *#pairs(node: MappingNode, path: readonly PathStep[]): Steps<Iterable<TextPair>> {
    const { pairs, problems } = yield* this.#reader.read(node);
    if (!this.#complained.has(node)) {
      for (const problem of problems) {
        yield;
        this.#complainOfPair(problem, path);
      }
    }
    if (problems.length > 0) this.#complained.add(node);
    return pairs.values();
  }

  #complainOfPair({ node, key, message, before }: PairProblem, path: readonly PathStep[]): void {
    const full = key === undefined ? path : [...path, key];
    this.problems.push({ path: full, offset: node.offset, message, ...(before && { before: before.offset }) });
  }

  #wrongKind(node: YamlNode, shape: Shape, path: readonly PathStep[]): Outcome {
    return this.#bad(node, path, `${whyUnfit(node, shape)}${hintToIndent(node, shape, path)}`);
  }

  #bad(node: YamlNode, path: readonly PathStep[], message: string): Outcome {
    this.problems.push({ path, offset: node.offset, message });
    return BAD;
  }
}

function value(content: unknown): Outcome {
  return { kind: 'value', value: content };
}

/** Recognises `prober: http` in the column of the module's name. */
function hintToIndent(node: YamlNode, shape: Shape, path: readonly PathStep[]): string {
  const key = path.at(-1);
  if (node.kind !== 'scalar' || shape.kind !== 'struct' || typeof key !== 'string') return '';
  return shape.properties.has(key) ? `; if \`${key}\` is a key of the entry above, indent it further` : '';
}
