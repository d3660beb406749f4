/** How many different texts are remembered; scrapers send the same few headers for ever. */
const CAPACITY = 64;

/** Remembers what `compute` gave for a text; forgets everything when too many different texts have come. */
export function cachedByText<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    const value = compute(text);
    if (known.size >= CAPACITY) known.clear();
    known.set(text, value);
    return value;
  };
}
