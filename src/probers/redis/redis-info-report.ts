import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { remembered } from '../../values/remembered.js';
import { CommandStats } from './redis-command-stats.js';
import { FieldMetrics, METRIC_OF_FIELD } from './redis-fields.js';
import { eachLine, type InfoLine, readPairs } from './redis-info.js';
import * as m from './redis-metrics.js';
import { ReplicationReport } from './redis-replication.js';
import { reportWatched } from './redis-sentinel-info.js';

/** The facts about a server that its INFO gave. */
export interface InfoSummary {
  readonly commands: CommandStats;
  readonly isCluster: boolean;
  readonly isSentinel: boolean;
  /** Whether it says that it is no replica. */
  readonly isMaster: boolean;
  /** The memory of the host; undefined if it does not say. */
  readonly systemMemoryBytes: number | undefined;
  /** Whether there are a field that servers have and the server's version: anything else is no INFO. */
  readonly isInfo: boolean;
  /** The databases that the section Keyspace names. */
  readonly databases: ReadonlySet<string>;
}

/** Databases and kinds of errors that are shown at most. */
const MOST_OF_A_KIND = 1024;

/** The fields that become labels of redis_instance_info and redis_slave_info. */
const REMEMBERED: ReadonlySet<string> = new Set([
  ...['role', 'redis_version', 'redis_build_id', 'redis_mode', 'os', 'maxmemory_policy', 'tcp_port', 'run_id'],
  ...['process_id', 'master_replid', 'master_host', 'master_port', 'slave_read_only', 'server_mode'],
  ...['cluster_enabled', 'valkey_version', 'valkey_release_stage', 'total_system_memory'],
]);

/** `redis_version`, or that of another server, such as `tile38_version`. */
const VERSION = /(?:^|_)version$/i;

/** Sections whose lines have names of their own. */
const SECTIONS: ReadonlySet<string> = new Set([
  ...['Server', 'Replication', 'Commandstats', 'Latencystats', 'Errorstats', 'Keyspace', 'Sentinel', 'Cluster'],
]);

/** Sets the metrics of INFO, section by section, in turns with other work. `nowSeconds` is the time since 1970. */
export async function reportInfo(text: string, metrics: MetricSet, nowSeconds: number): Promise<InfoSummary> {
  const report = new InfoReport(metrics, nowSeconds);
  await eachLine(text, report.take);
  return report.finish();
}

/** Sets the metrics of a text that has lines as INFO has, such as CLUSTER INFO. */
export async function reportFields(text: string, metrics: MetricSet): Promise<void> {
  const fields = new FieldMetrics();
  await eachLine(text, ({ field, value }) => {
    reportField(field, value, { fields, metrics });
  });
}

/** The metric with labels of these names, which differ by the kind of server. */
const instanceInfo = remembered((names) => gauge('redis_instance_info', 'instance_info metric', names.split(' ')));

class InfoReport {
  readonly #metrics: MetricSet;
  readonly #nowSeconds: number;
  readonly #fields = new FieldMetrics();
  readonly #commands: CommandStats;
  readonly #replication: ReplicationReport;
  readonly #remembered = new Map<string, string>();
  readonly #databases = new Set<string>();
  #errors = 0;
  #isSentinel = false;
  #hasField = false;
  #hasVersion = false;

  constructor(metrics: MetricSet, nowSeconds: number) {
    this.#metrics = metrics;
    this.#nowSeconds = nowSeconds;
    this.#commands = new CommandStats(metrics);
    this.#replication = new ReplicationReport(metrics);
  }

  readonly take = (line: InfoLine): void => {
    const { section, field, value } = line;
    if (REMEMBERED.has(field)) this.#remembered.set(field, value);
    this.#replication.remember(field, value);
    if (!this.#takeSpecial(line)) reportField(field, value, { fields: this.#fields, metrics: this.#metrics });
    this.#isSentinel ||= section === 'Sentinel';
    this.#hasVersion ||= VERSION.test(field) && value !== '';
    this.#hasField ||= REMEMBERED.has(field) || METRIC_OF_FIELD.has(field) || SECTIONS.has(section);
  };

  finish(): InfoSummary {
    this.#commands.reportPercentiles();
    this.#reportInstance();
    const isCluster = this.#remembered.get('cluster_enabled') === '1';
    const [isSentinel, isInfo] = [this.#isSentinel, this.#hasField && this.#hasVersion];
    const isMaster = this.#remembered.get('role') === 'master';
    const systemMemoryBytes = parseFloatText(this.#remembered.get('total_system_memory') ?? '');
    const servers = { isCluster, isSentinel, isMaster, systemMemoryBytes };
    return { commands: this.#commands, ...servers, isInfo, databases: this.#databases };
  }

  /** Sections whose lines have a form of their own; false if the line is a plain field. */
  #takeSpecial({ section, field, value }: InfoLine): boolean {
    switch (section) {
      case 'Server':
        this.#takeServer(field, value);
        return false;
      case 'Replication':
        return this.#replication.take(field, value);
      case 'Commandstats':
        this.#commands.takeCalls(field, value);
        return true;
      case 'Latencystats':
        this.#commands.takePercentiles(field, value);
        return true;
      case 'Errorstats':
        this.#takeErrors(field, value);
        return true;
      case 'Keyspace':
        return this.#takeDatabase(field, value);
      case 'Sentinel':
        return reportWatched(field, value, this.#metrics);
      default:
        return false;
    }
  }

  #takeServer(field: string, value: string): void {
    const number = parseFloatText(value);
    if (number === undefined) return;
    if (field === 'uptime_in_seconds') this.#metrics.set(m.startTime, Math.floor(this.#nowSeconds) - number);
    if (field === 'configured_hz') this.#metrics.set(m.configuredHz, number);
    if (field === 'hz') this.#metrics.set(m.hz, number);
  }

  #takeErrors(field: string, value: string): void {
    const count = parseFloatText(readPairs(value)?.get('count') ?? '');
    if (!field.startsWith('errorstat_') || count === undefined || ++this.#errors > MOST_OF_A_KIND) return;
    this.#metrics.setWith(m.errorsTotal, { err: field.slice('errorstat_'.length) }, count);
  }

  /** A line such as `db0:keys=5,expires=1,avg_ttl=12000`. */
  #takeDatabase(db: string, value: string): boolean {
    const pairs = readPairs(value);
    const number = (key: string): number | undefined => parseFloatText(pairs?.get(key) ?? '');
    const [keys, expires, ttl, cached] = [number('keys'), number('expires'), number('avg_ttl'), number('cached_keys')];
    if (!/^db\d{1,10}$/.test(db) || keys === undefined || expires === undefined) return false;
    if (this.#databases.size >= MOST_OF_A_KIND) return true;
    this.#databases.add(db);
    this.#metrics.setWith(m.dbKeys, { db }, keys);
    this.#metrics.setWith(m.dbKeysExpiring, { db }, expires);
    if (ttl !== undefined) this.#metrics.setWith(m.dbAverageTtl, { db }, ttl / 1000);
    if (cached !== undefined) this.#metrics.setWith(m.dbKeysCached, { db }, cached);
    return true;
  }

  #reportInstance(): void {
    const known = (field: string): string => this.#remembered.get(field) ?? '';
    const names = ['role', 'redis_version', 'redis_build_id', 'redis_mode', 'os', 'maxmemory_policy', 'tcp_port'];
    names.push('run_id', 'process_id', 'master_replid');
    names.push(...['valkey_version', 'valkey_release_stage'].filter((name) => this.#remembered.has(name)));
    const labels = Object.fromEntries(names.map((name) => [name, known(name)]));
    if (known('redis_mode') === '') labels['redis_mode'] = known('server_mode');
    this.#metrics.setWith(instanceInfo(names.join(' ')), labels, 1);
    if (known('role') !== 'slave') return;
    const [master_host, master_port] = [known('master_host'), known('master_port')];
    this.#metrics.setWith(m.slaveInfo, { master_host, master_port, read_only: known('slave_read_only') }, 1);
  }
}

interface FieldReport {
  readonly fields: FieldMetrics;
  readonly metrics: MetricSet;
}

/** The fields whose value is a word that stands for true or false. */
const WORDS: ReadonlyMap<string, number> = new Map([
  ['ok', 1],
  ['true', 1],
  ['err', 0],
  ['fail', 0],
  ['false', 0],
]);

function reportField(field: string, value: string, { fields, metrics }: FieldReport): void {
  const metric = fields.find(field);
  const number = metric === undefined ? undefined : (WORDS.get(value) ?? parseFloatText(value));
  if (metric === undefined || number === undefined) return;
  metrics.set(metric, field === 'latest_fork_usec' ? number / 1e6 : number);
}
