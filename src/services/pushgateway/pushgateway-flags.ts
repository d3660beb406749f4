import { getHeapStatistics } from 'node:v8';
import { COMMON_FLAGS, type FlagDefinition, type ParsedFlags, UsageError } from '../../flags/flag-definition.js';
import { FlagValues } from '../../flags/flag-values.js';
import { AGGREGATION_MODES } from '../../push/aggregate.js';
import { defaultLimits } from '../../push/push-limits.js';
import { maskStoreUrl } from '../../push/shared/store-url.js';
import { formatGoDuration } from '../../values/duration.js';
import { ownValue } from '../../values/own-value.js';
import { LOG_FLAGS, readLogOptions } from '../log-flags.js';
import { readWebOptions, webFlags } from '../web-flags.js';
import type { PushgatewayOptions } from './push-options.js';
import { type AggregationRule, patternOf } from './push-parameters.js';
import { readSharedStore, SHARED_STORE_FLAGS } from './shared-store-flags.js';

const DEFAULT_ADDRESS = ':9091';

/** The limits that the help shows. They are lower where the heap is smaller. */
const LARGEST = defaultLimits(Infinity);
const LESS = 'Less where the heap is below 2 GiB, in proportion.';

/** The flags of `sonde pushgateway`: upstream's, and those of what upstream has not. */
export const PUSHGATEWAY_FLAGS: readonly FlagDefinition[] = [
  ...COMMON_FLAGS.slice(0, 1),
  ...webFlags(DEFAULT_ADDRESS),
  {
    name: 'web.telemetry-path',
    kind: 'value',
    shown: '"/metrics"',
    help: 'Path of the scrape. Pushes stay below /metrics.',
  },
  { name: 'web.enable-lifecycle', kind: 'switch', help: 'Let PUT and POST on /-/quit end the service.' },
  {
    name: 'web.enable-admin-api',
    kind: 'switch',
    help: 'Let PUT on /api/v1/admin/wipe and DELETE on /api/v1/groups delete many groups at once.',
  },
  {
    name: 'persistence.file',
    kind: 'value',
    shown: '""',
    help: 'Where pushed metrics are kept, so that they are there after a restart. If empty, they are in memory only.',
  },
  {
    name: 'persistence.interval',
    kind: 'value',
    shown: '0s',
    help: 'How long a push may wait to be written. With 0 it is answered once it is durable.',
  },
  {
    name: 'persistence.repair',
    kind: 'switch',
    help: 'If what was kept is damaged, set a copy aside and go on with what can be read of it.',
  },
  ...SHARED_STORE_FLAGS,
  {
    name: 'push.disable-consistency-check',
    kind: 'switch',
    help: 'Take in what does not fit to what is there. Scrapes leave it out, and say how much.',
  },
  { name: 'push.enable-utf8-names', kind: 'switch', help: 'Allow any UTF-8 in names of metrics and labels.' },
  {
    name: 'push.default-ttl',
    kind: 'value',
    shown: '0s',
    help: 'How long a group stays after its last push, unless the push says otherwise (?ttl=10m). With 0, for ever.',
  },
  {
    name: 'push.aggregate',
    kind: 'repeatable',
    shown: '<job>=<mode>',
    help: `Aggregate what is pushed by POST to jobs that the pattern <job> matches as a whole. The mode is one of [${AGGREGATION_MODES.join(', ')}]. May be given several times; the first that matches counts.`,
  },
  {
    name: 'web.local-assets',
    kind: 'value',
    isHidden: true,
    help: "Has no effect: Debian's Pushgateway has its pages there.",
  },
  {
    name: 'push.max-body-bytes',
    kind: 'value',
    shown: String(LARGEST.bodyBytes),
    help: `The largest body of a push, also unpacked. ${LESS}`,
  },
  {
    name: 'push.max-series',
    kind: 'value',
    shown: String(LARGEST.seriesPerPush),
    help: `How many series one push may have. ${LESS}`,
  },
  {
    name: 'push.max-total-series',
    kind: 'value',
    shown: String(LARGEST.seriesInAll),
    help: `How many series all groups together may have. ${LESS}`,
  },
  ...LOG_FLAGS,
  ...COMMON_FLAGS.slice(1),
];

/**
 * The options of the service from its command line, for a heap that may grow to so many bytes; throws UsageError for a
 * bad value.
 */
export function readPushgatewayOptions(
  flags: ParsedFlags,
  heapBytes = getHeapStatistics().heap_size_limit,
): PushgatewayOptions {
  const values = new FlagValues(flags);
  const standard = defaultLimits(heapBytes);
  const limits = {
    maxBodyBytes: values.uint('push.max-body-bytes', standard.bodyBytes),
    maxSeriesPerPush: values.uint('push.max-series', standard.seriesPerPush),
    maxSeriesInAll: values.uint('push.max-total-series', standard.seriesInAll),
  };
  const ttlSeconds = values.duration('push.default-ttl', 0);
  const persistenceIntervalSeconds = values.duration('persistence.interval', 0);
  return {
    web: readWebOptions(values, DEFAULT_ADDRESS),
    telemetryPath: values.text('web.telemetry-path', '/metrics'),
    isLifecycleEnabled: values.isOn('web.enable-lifecycle'),
    isAdminEnabled: values.isOn('web.enable-admin-api'),
    persistenceFile: values.text('persistence.file', ''),
    persistenceIntervalSeconds,
    persistenceRepair: values.isOn('persistence.repair'),
    ...readSharedStore(values),
    isChecked: !values.isOn('push.disable-consistency-check'),
    utf8Names: values.isOn('push.enable-utf8-names'),
    defaults: {
      aggregationRules: values.given('push.aggregate').map(readRule),
      ...(ttlSeconds > 0 && { ttlSeconds }),
    },
    ...limits,
    maxStoredBytes: standard.bytesInAll,
    flags: shownFlags(values, {
      'persistence.interval': formatGoDuration(persistenceIntervalSeconds),
      'push.default-ttl': formatGoDuration(ttlSeconds),
      'push.max-body-bytes': String(limits.maxBodyBytes),
      'push.max-series': String(limits.maxSeriesPerPush),
      'push.max-total-series': String(limits.maxSeriesInAll),
    }),
    ...readLogOptions(values),
  };
}

/** The pattern may hold `=`; the mode cannot. */
function readRule(text: string): AggregationRule {
  const at = text.lastIndexOf('=');
  const mode = AGGREGATION_MODES.find((known) => known === text.slice(at + 1));
  const problem = (reason: string): UsageError =>
    new UsageError(`invalid value for flag '--push.aggregate': ${text}: ${reason}`);
  if (at < 1 || mode === undefined) throw problem(`write <job>=<mode>, with one of ${AGGREGATION_MODES.join(', ')}`);
  const rule = { job: text.slice(0, at), mode };
  try {
    patternOf(rule);
    return rule;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw problem(error.message);
  }
}

/** Defaults as the flags show them, without the quotes. */
function shownFlags(values: FlagValues, read: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const rows = PUSHGATEWAY_FLAGS.filter(isShown).map((flag) => {
    const { name, kind, shown = '' } = flag;
    const text = ownValue(read, name);
    if (text !== undefined) return [name, text] as const;
    if (name === 'push.store') return [name, maskStoreUrl(values.text(name, ''))] as const;
    const standard = kind === 'switch' ? 'false' : shown.replace(/^"(.*)"$|^<.*>$/, '$1');
    return [name, values.texts(name, standard).join(',')] as const;
  });
  return Object.fromEntries(rows);
}

function isShown({ name, isHidden }: FlagDefinition): boolean {
  return isHidden !== true && name !== 'help' && name !== 'version';
}

/** The flag of `sonde pushgateway` that takes over a file instead of running the service. */
export const IMPORT_FLAG: FlagDefinition = {
  name: 'import',
  kind: 'value',
  shown: '<file>',
  help: 'Take over the groups that the original Pushgateway has in its --persistence.file, into the --persistence.file of this command, and end.',
};

/** Returns the file to import, or undefined if the service is to run. Throws UsageError if there is no store for it. */
export function importedFile(flags: ParsedFlags, { persistenceFile }: PushgatewayOptions): string | undefined {
  const file = new FlagValues(flags).text('import', '');
  if (file === '') return undefined;
  if (persistenceFile === '') {
    throw new UsageError("flag '--import' needs --persistence.file: the file where the service is to keep the groups");
  }
  return file;
}
