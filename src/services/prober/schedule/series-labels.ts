import type { Label } from '../../../metrics/metric-family.js';
import type { KnownTarget } from '../discovery/known-target.js';

/** The module of `/probe` if the request names none. */
export const DEFAULT_MODULE = 'http_2xx';

/** Labels that tell the series of one histogram or summary apart; a target's of that name gives way. */
const OF_BUCKETS = new Set(['le', 'quantile']);

/**
 * The labels that all series of a target have, by name: `instance`, `module` and those of its group. Labels that begin
 * with `__`, and empty ones, are none (Prometheus drops both).
 */
export function seriesLabels({ target, module, labels }: KnownTarget): readonly Label[] {
  const all = new Map([['instance', target], ['module', module ?? DEFAULT_MODULE], ...labels]);
  const kept = [...all]
    .filter(([name, value]) => !name.startsWith('__') && value !== '')
    .map(([name, value]) => ({ name, value }));
  const giveWay = kept.filter(({ name }) => OF_BUCKETS.has(name));
  const stay = kept.filter(({ name }) => !OF_BUCKETS.has(name));
  return withExported(stay, giveWay, OF_BUCKETS);
}

/**
 * The labels of one series: the target's and its own. Where both have one name, the target's stays, and its own becomes
 * `exported_…`, as where Prometheus scrapes the target.
 */
export function withLabels(target: readonly Label[], own: readonly Label[]): readonly Label[] {
  return own.length === 0 ? target : withExported(target, own, NONE);
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Adds labels to others; all are sorted by name. A name that is taken gets `exported_` before it, as often as needed.
 */
function withExported(
  staying: readonly Label[],
  added: readonly Label[],
  reserved: ReadonlySet<string>,
): readonly Label[] {
  const names = new Set([...reserved, ...staying.map(({ name }) => name)]);
  const own = new Set(added.map(({ name }) => name));
  const all = [...staying];
  for (const { name: wanted, value } of added) {
    let name = wanted;
    // The new name must not be that of another added label either, which may come later.
    while (names.has(name) || (name !== wanted && own.has(name))) name = `exported_${name}`;
    names.add(name);
    all.push({ name, value });
  }
  return all.sort(byName);
}

function byName(a: Label, b: Label): number {
  return a.name < b.name ? -1 : 1;
}
