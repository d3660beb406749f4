import { ParamError } from '../../probe/param-error.js';
import type { ConfigError, PathStep } from '../../values/config-error.js';
import { goQuote } from '../../values/go/go-quote.js';
import type { RawParam } from '../../values/raw-config.js';
import { fillDefaults } from '../schema/fill-defaults.js';
import { isContainer } from '../schema/places.js';
import type { Shape } from '../schema/shape.js';
import { whyUnfitFor, writtenFor } from './filled-text.js';
import type { ParamKey } from './param-key.js';
import { unfit } from './param-spec.js';
import type { PlaceKind } from './place-kind.js';
import { fillPlaceholders } from './placeholders.js';
import { type DeclaredParam, readParams } from './read-params.js';
import { templateMistakes } from './template-mistakes.js';
import { type TemplatePlace, templatePlaces } from './template-places.js';
import { type Change, valueAt, withValues } from './with-value.js';

/** The values of parameters by name; those without one are absent. */
export type ParamValues = ReadonlyMap<string, string>;

/** A place of the module that the value of a parameter decides. */
interface FilledPlace {
  readonly path: readonly PathStep[];
  readonly params: readonly string[];
  readonly kind: PlaceKind;
}

type ModuleKey = Extract<ParamKey, { readonly to: 'module' }>;

/** A module with declared parameters: where their values stand. */
export class ModuleTemplate {
  readonly params: readonly DeclaredParam[];
  readonly #byName: ReadonlyMap<string, DeclaredParam>;
  readonly #texts: readonly FilledPlace[];

  private constructor(params: readonly DeclaredParam[], texts: readonly FilledPlace[]) {
    this.params = params;
    this.#byName = new Map(params.map((param) => [param.name, param]));
    this.#texts = texts;
  }

  /**
   * Reads the template of a module as it is in a file; undefined if it declares no parameters. Mistakes are reported
   * with paths that start at the module.
   */
  static read(given: unknown, shape: Shape, report: (mistake: ConfigError) => void): ModuleTemplate | undefined {
    const declared = isContainer(given) ? given['params'] : undefined;
    const paramsShape = shape.kind === 'struct' ? shape.properties.get('params') : undefined;
    if (!isContainer(given) || declared === undefined || paramsShape === undefined) return undefined;
    // Values of a wrong type have been reported and left out, and those that the schema does not allow will be.
    const raw = fillDefaults(declared, paramsShape) as Readonly<Record<string, RawParam>>;
    const prober = String(given['prober']);
    const params = readParams(raw, { prober, shape }, (mistake) => report(mistake.within('params')));
    const places = [...templatePlaces(given, shape)];
    for (const mistake of templateMistakes({ params, places, given, shape, prober })) report(mistake);
    return new ModuleTemplate(
      params,
      places.flatMap((place) => filledPlace(place, given)),
    );
  }

  /** Returns the module with these values; `tree` is its values, or what is shown of them. Throws a ParamError. */
  fill(tree: unknown, values: ParamValues): unknown {
    return withValues(tree, this.#changes(tree, values));
  }

  *#changes(tree: unknown, values: ParamValues): Generator<Change, void> {
    for (const place of this.#texts) {
      const text = valueAt(tree, place.path);
      if (typeof text === 'string') yield [place.path, this.#filledText(text, place, values)];
    }
    for (const param of this.params) {
      const value = values.get(param.name);
      if (param.key?.to !== 'module' || value === undefined) continue;
      yield [param.key.path, keyValue(param, param.key, value)];
    }
  }

  /** The parameters whose values decide what is at a path, or inside or around it. */
  paramsAt(path: readonly PathStep[]): readonly string[] {
    const meets = (other: readonly PathStep[]): boolean =>
      other.slice(0, path.length).every((step, index) => step === path[index]);
    const texts = this.#texts.filter((place) => meets(place.path)).flatMap(({ params }) => params);
    const keys = this.params.filter(({ key }) => key?.to === 'module' && meets(key.path)).map(({ name }) => name);
    return [...texts, ...keys];
  }

  #filledText(text: string, { kind, params }: FilledPlace, values: ParamValues): string {
    const filled = fillPlaceholders(text, (name) => {
      const param = this.#byName.get(name);
      return param === undefined ? '' : writtenFor(kind, param, values.get(name) ?? '');
    });
    const why = whyUnfitFor(kind, filled);
    const [name = ''] = params;
    if (why !== undefined) throw unfit(name, values.get(name) ?? '', why);
    return filled;
  }
}

/** Without `expect` nothing is replaced in what a step sends. */
function filledPlace({ path, params, place }: TemplatePlace, given: unknown): readonly FilledPlace[] {
  if ('refused' in place) return [];
  const isPlain = path.at(-1) === 'send' && valueAt(given, [...path.slice(0, -1), 'expect']) === undefined;
  return [{ path, params, kind: isPlain ? 'text' : place.kind }];
}

function keyValue(param: DeclaredParam, { shape, kind }: ModuleKey, value: string): unknown {
  const text = writtenFor(kind, param, value);
  const why = whyUnfitFor(kind, text);
  if (why !== undefined) throw unfit(param.name, value, why);
  const item = shape.kind === 'list' ? shape.items : shape;
  const typed = item.kind === 'integer' ? Number(text) : item.kind === 'boolean' ? text === 'true' : text;
  return shape.kind === 'list' ? [typed] : typed;
}

/** The error for values with which the module is not valid. */
export function misfit(names: readonly string[], values: ParamValues, why: string): ParamError {
  const [name] = names;
  if (name !== undefined) return unfit(name, values.get(name) ?? '', why);
  return new ParamError(`The parameters ${[...values.keys()].map(goQuote).join(', ')} do not fit together: ${why}`);
}
