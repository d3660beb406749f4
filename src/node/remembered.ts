/** The largest number of remembered names: more than any kernel has fields, devices or mounts in use. */
const CAPACITY = 4096;

/**
 * Caches the results of `compute`, since the same few names occur in every scrape. If there are too many names, it
 * forgets all of them.
 */
export function remembered<T>(compute: (name: string) => T): (name: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = { value: compute(name) };
      if (known.size >= CAPACITY) known.clear();
      known.set(name, found);
    }
    return found.value;
  };
}
