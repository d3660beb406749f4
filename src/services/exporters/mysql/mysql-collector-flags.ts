import type { FlagDefinition } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import type { RawMysqlCollectorOptions } from '../../../values/raw-config.js';

type Option = keyof RawMysqlCollectorOptions;

/**
 * A flag for an option of a collector: the module's key has the flag's name without `collect.`, and `read` gives its
 * value.
 */
type OptionFlag = readonly [name: Option, read: Reader, shown: string, help: string];
type Reader = (flag: string, values: FlagValues) => string | number | boolean | readonly string[] | undefined;

/** Reads a flag only if it is given; otherwise the schema of the module has the default. */
const given =
  (read: Reader): Reader =>
  (flag, values) =>
    values.given(flag).length === 0 ? undefined : read(flag, values);
const text = given((flag, values) => values.text(flag, ''));
const count = given((flag, values) => values.uint(flag, 0));
const words = given((flag, values) => values.text(flag, '').split(','));
const several = given((flag, values) => values.given(flag));
const isOn = given((flag, values) => values.isOn(flag));

const LIMIT = 'perf_schema.eventsstatements.limit';
const TIME_LIMIT = 'perf_schema.eventsstatements.timelimit';
const TEXT_LIMIT = 'perf_schema.eventsstatements.digest_text_limit';

const OPTIONS: readonly OptionFlag[] = [
  ['heartbeat.database', text, '"heartbeat"', 'The database of pt-heartbeat.'],
  ['heartbeat.table', text, '"heartbeat"', 'The table of pt-heartbeat.'],
  ['heartbeat.utc', isOn, '', 'pt-heartbeat writes its times in UTC.'],
  ['info_schema.processlist.min_time', count, '0', 'Count threads that are in their state for so many seconds.'],
  ['info_schema.processlist.processes_by_user', isOn, '', 'Count threads by user, too; on unless told otherwise.'],
  ['info_schema.processlist.processes_by_host', isOn, '', 'Count threads by host, too; on unless told otherwise.'],
  ['info_schema.tables.databases', words, '"*"', 'The databases whose tables are told of, with commas between them.'],
  ['mysql.user.privileges', isOn, '', 'Tell of the privileges of users, too.'],
  [LIMIT, count, '250', 'How many kinds of statements to tell of, those that took most time first.'],
  [TIME_LIMIT, count, '86400', 'The seconds in which a kind of statement has to have been seen.'],
  [TEXT_LIMIT, count, '120', 'How many characters of a statement to tell.'],
  [
    ...(['perf_schema.eventsstatements.exclude_schemas', several, '<name>'] as const),
    'A database whose statements are left out. May be given several times.',
  ],
  ['perf_schema.file_instances.filter', text, '".*"', 'A regular expression that the name of a file has to match.'],
  [
    ...(['perf_schema.file_instances.remove_prefix', text, '"/var/lib/mysql/"'] as const),
    'What is cut off the names of files.',
  ],
  ['perf_schema.memory_events.remove_prefix', text, '"memory/"', 'What is cut off the names of events.'],
];

const KINDS: ReadonlyMap<Reader, FlagDefinition['kind']> = new Map([
  [isOn, 'switch'],
  [several, 'repeatable'],
]);

/** The flags for the options of collectors. */
export const COLLECTOR_FLAGS: readonly FlagDefinition[] = OPTIONS.map(([name, read, shown, help]) => ({
  ...{ name: `collect.${name}`, kind: KINDS.get(read) ?? 'value', help },
  ...(shown !== '' && { shown }),
}));

/** Reads the values of those flags that are given; throws UsageError. */
export function readCollectorOptions(values: FlagValues): Partial<RawMysqlCollectorOptions> {
  const read = OPTIONS.map(([name, value]) => [name, value(`collect.${name}`, values)] as const);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}
