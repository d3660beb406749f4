import type { PathStep } from '../../values/config-error.js';
import { ownValue } from '../../values/own-value.js';
import { isContainer } from '../schema/places.js';
import type { Shape } from '../schema/shape.js';
import { type Place, placeOf } from './place-kind.js';
import { placeholdersIn } from './placeholders.js';

/** A text of a module that has placeholders. */
export interface TemplatePlace {
  readonly path: readonly PathStep[];
  readonly text: string;
  /** The parameters, each as often as it stands in the text. */
  readonly params: readonly string[];
  readonly place: Place;
}

/** Finds the texts of a module that have placeholders, but for those of `params` itself. */
export function* templatePlaces(given: unknown, shape: Shape): Generator<TemplatePlace> {
  yield* placesBelow(given, [shape], []);
}

function* placesBelow(value: unknown, shapes: readonly Shape[], path: readonly PathStep[]): Generator<TemplatePlace> {
  const shape = shapes.at(-1);
  if (typeof value === 'string') {
    const params = placeholdersIn(value);
    if (params.length > 0) yield { path, text: value, params, place: placeOf(path, shapes, value) };
  } else if (isContainer(value) && shape !== undefined) {
    for (const [step, inner] of stepsInto(value, shape)) {
      if (path.length === 0 && step === 'params') continue;
      yield* placesBelow(ownValue(value, step), [...shapes, inner], [...path, step]);
    }
  }
}

function stepsInto(value: Readonly<Record<PathStep, unknown>>, shape: Shape): readonly (readonly [PathStep, Shape])[] {
  const steps: readonly PathStep[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) => {
    const inner = innerShape(shape, step);
    return inner === undefined ? [] : [[step, inner] as const];
  });
}

function innerShape(shape: Shape, step: PathStep): Shape | undefined {
  switch (shape.kind) {
    case 'struct':
      return shape.properties.get(String(step));
    case 'map':
      return shape.values;
    case 'list':
      return shape.items;
    case 'any':
      return shape;
    default:
      return undefined;
  }
}
