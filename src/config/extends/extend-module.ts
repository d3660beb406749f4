import { ConfigError, type PathStep } from '../../values/config-error.js';
import { goQuote } from '../../values/go/go-quote.js';
import { ownValue } from '../../values/own-value.js';
import { closest } from '../../values/suggest.js';
import { record } from '../schema/coerced-values.js';
import { isContainer } from '../schema/places.js';
import type { Shape } from '../schema/shape.js';
import type { ForeignBases } from './bases.js';
import { mergeModules } from './merge-modules.js';

/** The modules among which bases are looked for: those of the file first. */
export interface BaseSource {
  readonly own: Readonly<Record<string, unknown>>;
  /** The modules as `/config` shows them. */
  readonly shown: Readonly<Record<string, unknown>>;
  readonly foreign: ForeignBases;
}

/** A module with the values of its base. */
export interface ExtendedModule {
  readonly given: unknown;
  readonly shown: unknown;
  /** The name of the base; absent from a module that extends none. */
  readonly base?: string;
  /** Whether a mistake at this path is the base's, which reports it itself. */
  readonly isOfBase: (path: readonly PathStep[]) => boolean;
}

const KEY = 'extends';

/** Merges a module into its base. A mistake is reported with a path from the module, and leaves it as it is. */
export function extendModule(
  name: string,
  given: unknown,
  { shape, source, report }: { shape: Shape; source: BaseSource; report: (mistake: ConfigError) => void },
): ExtendedModule {
  const base = isContainer(given) ? given[KEY] : undefined;
  const shown = ownValue(source.shown, name);
  if (!isContainer(given) || typeof base !== 'string' || base === '') return plain(given, shown);
  const own = without(given);
  const found = ownValue(source.own, base);
  const isForeign = found === undefined;
  const values = isForeign ? source.foreign.get(base)?.given : found;
  const problem = base === name ? 'a module cannot extend itself' : whyNoBase(base, values, source);
  if (problem !== undefined) {
    report(new ConfigError(problem, [KEY]));
    // The unknown base could have the missing keys, so their absence is not reported.
    return { ...plain(own, shown), isOfBase: (path) => at(own, path) === undefined };
  }
  return {
    given: mergeModules(values, own, shape),
    shown: mergeModules(
      isForeign ? source.foreign.get(base)?.shown : ownValue(source.shown, base),
      without(shown),
      shape,
    ),
    base,
    isOfBase: (path) => !isForeign && at(own, path) === undefined && at(values, path) !== undefined,
  };
}

function plain(given: unknown, shown: unknown): ExtendedModule {
  return { given, shown: shown ?? given, isOfBase: () => false };
}

function whyNoBase(base: string, values: unknown, { own, foreign }: BaseSource): string | undefined {
  if (values === undefined) {
    const meant = closest(base, [...Object.keys(own), ...foreign.keys()]);
    return `there is no module ${goQuote(base)}${meant === undefined ? ' to extend' : `; did you mean "${meant}"?`}`;
  }
  if (!isContainer(values)) return `the module ${goQuote(base)} is empty; there is nothing to extend`;
  if (values[KEY] === undefined || values[KEY] === '') return undefined;
  return `the module ${goQuote(base)} extends another one itself; extend that one, or write this one out`;
}

function without(given: unknown): unknown {
  if (!isContainer(given)) return given;
  return record(Object.entries(given).filter(([key]) => key !== KEY));
}

function at(value: unknown, path: readonly PathStep[]): unknown {
  return path.reduce((each: unknown, step) => (isContainer(each) ? ownValue(each, step) : undefined), value);
}
