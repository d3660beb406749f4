import { queryValues } from '../../http/routes/query-parameters.js';

/** The collectors there are. */
export interface KnownCollectors {
  /** The collectors that run, in the order of their names. */
  readonly enabled: readonly string[];
  /** The collectors that could be turned on, or that upstream has. */
  readonly known: ReadonlySet<string>;
}

/**
 * The collectors that a scrape is to ask, by `collect[]` and `exclude[]` of its query; all that run if it has neither.
 * `refusal` is what upstream answers.
 */
export function chooseCollectors(
  query: string,
  { enabled, known }: KnownCollectors,
): { readonly names: readonly string[] } | { readonly refusal: string } {
  const collect = new Set(queryValues(query, 'collect[]'));
  const exclude = new Set(queryValues(query, 'exclude[]'));
  if (collect.size > 0 && exclude.size > 0) {
    return { refusal: 'Combined collect and exclude queries are not allowed.' };
  }
  if (collect.size === 0) {
    const left = enabled.filter((name) => !exclude.has(name));
    // Like upstream, an exclusion of all collectors counts as no exclusion.
    return { names: left.length === 0 ? enabled : left };
  }
  const unfit = [...collect].find((name) => !enabled.includes(name));
  if (unfit !== undefined) {
    const what = known.has(unfit) ? 'disabled' : 'missing';
    return {
      refusal: `Couldn't create filtered metrics handler: couldn't create collector: ${what} collector: ${unfit}`,
    };
  }
  return { names: enabled.filter((name) => collect.has(name)) };
}
