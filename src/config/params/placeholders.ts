/** `${param.NAME}`, and `$${param.NAME}`, which stands for the text itself. */
const PLACEHOLDER = /(\$?)\$\{param\.([^${}]*)\}/g;

/** The names of the parameters that a text has placeholders of, each as often as it occurs. */
export function placeholdersIn(text: string): readonly string[] {
  if (!text.includes('${param.')) return [];
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, escape, name = '']) => (escape === '' ? [name] : []));
}

/** Replaces placeholders by values. The values are not scanned again. */
export function fillPlaceholders(text: string, valueOf: (name: string) => string): string {
  if (!text.includes('${param.')) return text;
  return text.replace(PLACEHOLDER, (whole, escape: string, name: string) =>
    escape === '' ? valueOf(name) : whole.slice(1),
  );
}
