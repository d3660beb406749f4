import { compileGoRegexp } from '../values/go-regexp.js';
import type { CollectorOptions } from './collector-options.js';
import { remembered } from './remembered.js';

/** Whether something of that name is to be reported. */
export type NameFilter = (name: string) => boolean;

export interface FilterFlags {
  readonly include: string;
  readonly exclude: string;
  /** Upstream's words for giving both, such as `device-exclude & device-include are mutually exclusive`. */
  readonly bothGiven: string;
  /** Older names that mean `exclude` and `include`. */
  readonly oldExclude?: string;
  readonly oldInclude?: string;
}

/**
 * Compiles a pair of flags, of which one at most may be given; the default of `exclude` goes when `include` is given.
 * Throws an Error for both, and for a pattern that is none.
 */
export function nameFilter(options: CollectorOptions, flags: FilterFlags): NameFilter {
  const include = given(options, flags.include, flags.oldInclude);
  const exclude = given(options, flags.exclude, flags.oldExclude);
  if (include !== undefined && exclude !== undefined) throw new Error(flags.bothGiven);
  const excludePattern = exclude ?? (include === undefined ? options.text(flags.exclude) : '');
  const included = compileFilter(flags.include, include ?? '');
  const excluded = compileFilter(flags.exclude, excludePattern);
  return remembered((name) => excluded?.(name) !== true && included?.(name) !== false);
}

/** A pattern as a filter, undefined for an empty one; throws an Error that names the flag. */
export function compileFilter(flag: string, pattern: string): NameFilter | undefined {
  if (pattern === '') return undefined;
  try {
    return compileGoRegexp(pattern).test;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`invalid value for flag '--collector.${flag}': ${error.message}`, { cause: error });
  }
}

/** An empty text is as good as none, as upstream has it; the older name counts only where the newer one is not given. */
function given(options: CollectorOptions, name: string, oldName: string | undefined): string | undefined {
  const text = options.isGiven(name) ? options.text(name) : '';
  const oldText = oldName !== undefined && options.isGiven(oldName) ? options.text(oldName) : '';
  const chosen = text === '' ? oldText : text;
  return chosen === '' ? undefined : chosen;
}
