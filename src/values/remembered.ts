/** The results that are kept if the caller does not say: more than any kernel has fields, devices or mounts in use. */
const CAPACITY = 4096;

/**
 * Caches the results of `compute` by its argument, for texts of which the same few come again and again. When more
 * than `capacity` results would be kept, all of them are forgotten.
 */
export function remembered<T>(compute: (text: string) => T, capacity = CAPACITY): (text: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) {
      found = { value: compute(text) };
      if (known.size >= capacity) known.clear();
      known.set(text, found);
    }
    return found.value;
  };
}
