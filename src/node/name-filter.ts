import { compileGoRegexp } from '../values/go/go-regexp.js';
import { remembered } from '../values/remembered.js';
import type { CollectorOptions } from './collector-options.js';

/** Whether something with this name is reported. */
export type NameFilter = (name: string) => boolean;

/** The flags of a filter. */
export interface FilterFlags {
  readonly include: string;
  readonly exclude: string;
  /**
   * Upstream's words for giving both, such as `device-exclude & device-include are mutually exclusive`; absent where
   * upstream applies both.
   */
  readonly bothGiven?: string;
  /** Older names that mean `exclude` and `include`. */
  readonly oldExclude?: string;
  readonly oldInclude?: string;
}

/**
 * Compiles a pair of flags; the default of `exclude` goes when either is given, be it empty. Where both may be given, a
 * name has to pass both. Throws an Error for both where they exclude each other, for an older and a newer name of the
 * same, and for a pattern that is none.
 */
export function nameFilter(options: CollectorOptions, flags: FilterFlags): NameFilter {
  const include = given(options, flags.include, flags.oldInclude);
  const exclude = given(options, flags.exclude, flags.oldExclude);
  const areBothGiven = (include ?? '') !== '' && (exclude ?? '') !== '';
  if (areBothGiven && flags.bothGiven !== undefined) throw new Error(flags.bothGiven);
  const excludePattern = exclude ?? ((include ?? '') === '' ? options.text(flags.exclude) : '');
  const included = compileFilter(flags.include, include ?? '');
  const excluded = compileFilter(flags.exclude, excludePattern);
  return remembered((name) => excluded?.(name) !== true && included?.(name) !== false);
}

/** Compiles a pattern into a filter; undefined for an empty one. Throws an Error that names the flag. */
export function compileFilter(flag: string, pattern: string): NameFilter | undefined {
  if (pattern === '') return undefined;
  try {
    return compileGoRegexp(pattern).test;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`invalid value for flag '--collector.${flag}': ${error.message}`, { cause: error });
  }
}

function given(options: CollectorOptions, name: string, oldName: string | undefined): string | undefined {
  const isOldGiven = oldName !== undefined && options.isGiven(oldName) && options.text(oldName) !== '';
  if (isOldGiven && options.isGiven(name)) {
    throw new Error(`--collector.${oldName} and --collector.${name} are mutually exclusive`);
  }
  if (isOldGiven) return options.text(oldName);
  return options.isGiven(name) ? options.text(name) : undefined;
}
