import { UsageError } from '../../../flags/flag-definition.js';
import { ownValue } from '../../../values/own-value.js';

/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of libpq (PostgreSQL manual, Environment Variables) for parameters that a data source does not set. */
const PARAMETERS = [
  ['PGHOST', 'host'],
  ['PGPORT', 'port'],
  ['PGUSER', 'user'],
  ['PGPASSWORD', 'password'],
  ['PGDATABASE', 'dbname'],
  ['PGSSLMODE', 'sslmode'],
  ['PGSSLROOTCERT', 'sslrootcert'],
  ['PGSSLCERT', 'sslcert'],
  ['PGSSLKEY', 'sslkey'],
] as const;

/** Those with which postgres_exporter's client ends: another server or other rules are meant. */
const UNSERVED = [
  ...['PGHOSTADDR', 'PGSERVICE', 'PGSERVICEFILE', 'PGREALM', 'PGREQUIRESSL', 'PGSSLCRL', 'PGREQUIREPEER'],
  ...['PGSYSCONFDIR', 'PGLOCALEDIR'],
];

/** The parameters that the variables give, by name. Throws UsageError for a variable that would mean something else. */
export function libpqVariables(env: Environment): ReadonlyMap<string, string> {
  const unserved = UNSERVED.find((name) => (ownValue(env, name) ?? '') !== '');
  if (unserved !== undefined) throw new UsageError(`the variable ${unserved} is not served: unset it`);
  const given = new Map<string, string>();
  for (const [name, parameter] of PARAMETERS) {
    const value = ownValue(env, name) ?? '';
    if (value !== '') given.set(parameter, value);
  }
  return given;
}
