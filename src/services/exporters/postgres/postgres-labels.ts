import { UsageError } from '../../../flags/flag-definition.js';
import type { Label } from '../../../metrics/metric-family.js';

/** Families of postgres_exporter 0.19 that belong to no collector: these alone get its constant labels. */
const OF_NO_COLLECTOR =
  /^pg_(?:up$|static$|exporter_|settings_|stat_activity_(?:count|max_tx_duration)$|stat_archiver_|stat_database_conflicts_|replication_slots_|stat_replication_)/;

/** Labels that these families have themselves. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['server', 'short_version', 'version', 'datid', 'datname', 'application_name', 'backend_type', 'state'],
  ...['usename', 'wait_event', 'wait_event_type', 'slot_name', 'database', 'client_addr'],
]);

/** Whether `--constantLabels` are added to a family. */
export function hasConstantLabels(name: string): boolean {
  return OF_NO_COLLECTOR.test(name);
}

/** The labels, and the parts that are passed over. */
export interface ConstantLabelsRead {
  readonly labels: readonly Label[];
  readonly wrong: readonly string[];
}

/**
 * Reads `label=value,label=value` as upstream does: it passes over what it cannot read, writes what no label can have
 * as `_`, and of a label that is there twice the last value counts. Throws UsageError for labels that the metrics have.
 */
export function readConstantLabels(text: string): ConstantLabelsRead {
  const labels = new Map<string, string>();
  const wrongParts: string[] = [];
  for (const part of text === '' ? [] : text.split(',')) {
    const [given = '', value = '', ...more] = part.split('=').map((each) => each.trim());
    if (given === '' || value === '' || more.length > 0) {
      wrongParts.push(part.slice(0, 80));
      continue;
    }
    const name = given.replace(/^[0-9]|[^a-zA-Z0-9_]/gu, '_');
    if (TAKEN.has(name)) throw wrong(`the label ${name} is one of the metrics themselves`);
    labels.set(name, value);
  }
  return { labels: [...labels].map(([name, value]) => ({ name, value })), wrong: wrongParts };
}

/** Throws UsageError for a constant label that a custom query has, too. */
export function checkLabels(ofQueries: ReadonlySet<string>, constant: readonly Label[]): void {
  const taken = constant.find(({ name }) => ofQueries.has(name));
  if (taken !== undefined) throw wrong(`the label ${taken.name} is one of a custom query`);
}

function wrong(why: string): UsageError {
  return new UsageError(`invalid value for flag '--constantLabels': ${why}`);
}
