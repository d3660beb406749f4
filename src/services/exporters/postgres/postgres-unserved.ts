import type { UnservedFlag } from '../unserved-flags.js';

const rows = (names: string, rest: Omit<UnservedFlag, 'name'>): readonly UnservedFlag[] =>
  names.split(' ').map((name) => ({ name, ...rest }));

/** postgres_exporter's rule. */
const withEnvar = (flags: readonly UnservedFlag[], names: ReadonlyMap<string, string>): readonly UnservedFlag[] =>
  flags.map((flag) => {
    const envar = names.get(flag.name);
    return envar === undefined ? flag : { ...flag, envar: `PG_EXPORTER_${envar}` };
  });

const OF_DISCOVERY = 'databases are not looked for; a target names its own';

/** The flags of postgres_exporter 0.19 that have no effect, with what they would do. */
export const POSTGRES_UNSERVED: readonly UnservedFlag[] = withEnvar(
  [
    ...rows('auto-discover-databases', { kind: 'switch', does: 'warn', reason: OF_DISCOVERY }),
    ...rows('include-databases', { kind: 'value', does: 'warn', reason: OF_DISCOVERY }),
    ...rows('extend.query-path', { kind: 'value', does: 'refuse', reason: "no queries of one's own are asked" }),
    ...rows('dumpmaps', { kind: 'switch', does: 'refuse', reason: 'there are no maps to show' }),
  ],
  new Map([
    ['auto-discover-databases', 'AUTO_DISCOVER_DATABASES'],
    ['include-databases', 'INCLUDE_DATABASES'],
    ['extend.query-path', 'EXTEND_QUERY_PATH'],
  ]),
);
