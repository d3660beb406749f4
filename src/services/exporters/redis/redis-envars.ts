/** The environment variable of a flag, by redis_exporter's rule. */
export function envarOf(flag: string): string {
  return `REDIS_EXPORTER_${flag
    .replace(/^include-(?!go-)/, 'incl-')
    .replaceAll('-', '_')
    .toUpperCase()}`;
}
