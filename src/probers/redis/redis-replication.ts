import type { MetricDefinition } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { shownText } from '../../values/shown-text.js';
import { readPairs } from './redis-info.js';
import * as m from './redis-metrics.js';

/** Replicas, or masters of KeyDB's kind of replication, that are shown at most. */
const MOST_LINES = 1024;

type OfMaster = MetricDefinition<'master_host' | 'master_port'>;

/** Fields of a replica; KeyDB, with several masters, numbers them (`master_1_host`). */
const FIELDS: readonly (readonly [pattern: RegExp, metric: OfMaster])[] = [
  [/^master(?:_\d+)?_last_io_seconds_ago$/, m.masterLastIo],
  [/^master(?:_\d+)?_sync_in_progress$/, m.masterSync],
  [/^slave_repl_offset$/, m.slaveOffset],
];

/** The section Replication of INFO: the master of a replica, the replicas of a master. */
export class ReplicationReport {
  readonly #metrics: MetricSet;
  #master = { master_host: '', master_port: '' };
  #lines = 0;

  constructor(metrics: MetricSet) {
    this.#metrics = metrics;
  }

  /** Lines that follow are of the master that was named last; each may repeat its name, so that has a bound. */
  remember(field: string, value: string): void {
    if (/^master(?:_\d+)?_host$/.test(field)) this.#master = { ...this.#master, master_host: shownText(value) };
    if (/^master(?:_\d+)?_port$/.test(field)) this.#master = { ...this.#master, master_port: shownText(value) };
  }

  /** Returns false for a line that is a plain field. */
  take(field: string, value: string): boolean {
    if (this.#lines >= MOST_LINES) return false;
    const taken = this.#takeMaster(field, value) || this.#takeReplica(field, value);
    if (taken) this.#lines++;
    return taken;
  }

  #takeMaster(field: string, value: string): boolean {
    if (/^master(?:_\d+)?_link_status$/.test(field)) {
      this.#metrics.setWith(m.masterLinkUp, this.#master, value === 'up' ? 1 : 0);
      return true;
    }
    const metric = FIELDS.find(([pattern]) => pattern.test(field))?.[1];
    if (metric === undefined) return false;
    this.#metrics.setWith(metric, this.#master, parseFloatText(value) ?? 0);
    return true;
  }

  /** `slave0:ip=10.254.11.1,port=6379,state=online,offset=1751844676,lag=0`; before Redis 3 there was no lag. */
  #takeReplica(field: string, value: string): boolean {
    const pairs = /^slave\d+$/.test(field) ? readPairs(value) : undefined;
    const offset = parseFloatText(pairs?.get('offset') ?? '');
    const lag = pairs?.get('lag');
    const lagSeconds = parseFloatText(lag ?? '-1');
    if (pairs === undefined || offset === undefined || lagSeconds === undefined) return false;
    const of = (key: string): string => pairs.get(key) ?? '';
    const labels = { slave_ip: of('ip'), slave_port: of('port'), slave_state: of('state') };
    this.#metrics.setWith(m.connectedSlaveOffset, labels, offset);
    if (lagSeconds > -1) this.#metrics.setWith(m.connectedSlaveLag, labels, lagSeconds);
    return true;
  }
}
