import { maskUrlPasswords } from '../../../values/masked-text.js';

/** Parameters by name, with their values; passwords in URLs are masked. */
export function paramsJson(query: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...new URLSearchParams(query)].map(([name, value]) => [name, maskUrlPasswords(value)]));
}
