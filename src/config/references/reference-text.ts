/** `${ENV:NAME}` and `${FILE:PATH}`, and the same with `$$`, which stands for the text itself. */
const REFERENCE = /(\$?)\$\{((?:ENV|FILE):[^${}\r\n]*)\}/g;

/** Whether a text may have references: a quick look at whole files. */
export function mayHaveReferences(text: string): boolean {
  return text.includes('${ENV:') || text.includes('${FILE:');
}

/** The references in a text, such as `ENV:NAME`, in order and with repetitions. Escaped ones are none. */
export function referencesIn(text: string): readonly string[] {
  if (!mayHaveReferences(text)) return [];
  return [...text.matchAll(REFERENCE)].flatMap(([, escape, key = '']) => (escape === '' ? [key] : []));
}

/** Replaces references by values. The values are not scanned again. */
export function expandReferences(text: string, valueOf: (key: string) => string): string {
  if (!mayHaveReferences(text)) return text;
  return text.replace(REFERENCE, (whole, escape: string, key: string) =>
    escape === '' ? valueOf(key) : whole.slice(1),
  );
}
