import type { ExposedFamily } from '../helpers/exposition.js';

/** One thing in which the two programs differ. */
export interface Deviation {
  readonly kind:
    'only in peer' | 'only in Sonde' | 'other value' | 'other help' | 'other type' | 'other answer' | 'other requests';
  /** The series, the family, or the part of the answer. */
  readonly what: string;
  readonly peer: string;
  readonly sonde: string;
}

type Families = ReadonlyMap<string, ExposedFamily>;

/** Families whose values are times: only whether they are zero can be compared. */
const TIMINGS = new Set([
  'probe_dns_duration_seconds',
  'probe_grpc_duration_seconds',
  'probe_icmp_duration_seconds',
  'probe_duration_seconds',
  'probe_dns_lookup_time_seconds',
  'probe_http_duration_seconds',
]);

/** Everything in which two expositions differ, families and series in the peer's order. */
export function compareFamilies(peer: Families, sonde: Families): readonly Deviation[] {
  const found: Deviation[] = [];
  for (const [name, family] of peer) {
    const ours = sonde.get(name);
    if (ours !== undefined) found.push(...compareHead(name, family, ours));
    found.push(...compareSeries(name, family, ours));
  }
  for (const [name, ours] of sonde) {
    const theirs = peer.get(name);
    for (const [series, value] of ours.series) {
      if (theirs?.series.has(series) !== true)
        found.push({ kind: 'only in Sonde', what: series, peer: '', sonde: value });
    }
  }
  return found;
}

function compareHead(name: string, peer: ExposedFamily, sonde: ExposedFamily): readonly Deviation[] {
  const found: Deviation[] = [];
  if (peer.help !== sonde.help) found.push({ kind: 'other help', what: name, peer: peer.help, sonde: sonde.help });
  if (peer.type !== sonde.type) found.push({ kind: 'other type', what: name, peer: peer.type, sonde: sonde.type });
  return found;
}

function compareSeries(name: string, peer: ExposedFamily, sonde: ExposedFamily | undefined): readonly Deviation[] {
  const found: Deviation[] = [];
  for (const [series, value] of peer.series) {
    const ours = sonde?.series.get(series);
    if (ours === undefined) found.push({ kind: 'only in peer', what: series, peer: value, sonde: '' });
    else if (shown(name, value) !== shown(name, ours)) {
      found.push({ kind: 'other value', what: series, peer: shown(name, value), sonde: shown(name, ours) });
    }
  }
  return found;
}

function shown(family: string, value: string): string {
  if (!TIMINGS.has(family)) return value;
  return Number(value) === 0 ? 'zero' : 'more than zero';
}

/** A deviation as a line of a test's message. */
export function describeDeviation({ kind, what, peer, sonde }: Deviation): string {
  if (kind === 'only in peer') return `only in peer: ${what} ${peer}`;
  if (kind === 'only in Sonde') return `only in Sonde: ${what} ${sonde}`;
  return `${kind}: ${what}\n  peer:  ${JSON.stringify(peer)}\n  Sonde: ${JSON.stringify(sonde)}`;
}
