/** How many different names are remembered: more than any kernel has fields, devices or mounts in use. */
const CAPACITY = 4096;

/** Remembers what `compute` gave for a name, since the same few names come with every scrape; forgets everything when too many have come. */
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
