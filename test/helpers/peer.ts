import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildService, startChildService } from './services/child-service.js';

/** A program that Sonde is compared with. */
export interface Peer {
  readonly path: string;
  /** Such as `0.28.0`. */
  readonly version: string;
}

/** The repository's root, from where its compiled tests run. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * The real blackbox_exporter: SONDE_PEER_BLACKBOX, else the newest below SONDE_PEERS, else the one in PATH; undefined
 * if there is none.
 */
export function findBlackboxExporter(): Peer | undefined {
  return findPeer('prometheus-blackbox-exporter', process.env['SONDE_PEER_BLACKBOX']);
}

/**
 * The real node_exporter: SONDE_PEER_NODE, else the newest below SONDE_PEERS, else the one in PATH; undefined if there
 * is none.
 */
export function findNodeExporter(): Peer | undefined {
  return findPeer('prometheus-node-exporter', process.env['SONDE_PEER_NODE']);
}

/** Why a test with it is skipped. */
export const NO_NODE_EXPORTER = 'no node_exporter here: set SONDE_PEER_NODE, or install prometheus-node-exporter';

/**
 * The real Pushgateway: SONDE_PEER_PUSHGATEWAY, else the newest below SONDE_PEERS, else the one in PATH; undefined if
 * there is none.
 */
export function findPushgateway(): Peer | undefined {
  return findPeer('prometheus-pushgateway', process.env['SONDE_PEER_PUSHGATEWAY']);
}

/** Why a test with the real Pushgateway is skipped. */
export const NO_PUSHGATEWAY =
  'no Pushgateway 1.11 here: set SONDE_PEER_PUSHGATEWAY, or install a newer prometheus-pushgateway';

/**
 * The real redis_exporter: SONDE_PEER_REDIS, else the newest below SONDE_PEERS, else the one in PATH; undefined if
 * there is none.
 */
export function findRedisExporter(): Peer | undefined {
  return currentExporter(findPeer('prometheus-redis-exporter', process.env['SONDE_PEER_REDIS']), 1, 86);
}

/** Why a test with it is skipped. */
export const NO_REDIS_EXPORTER =
  'no redis_exporter 1.86 here: set SONDE_PEER_REDIS, or install a newer prometheus-redis-exporter';

/**
 * The real nginx-prometheus-exporter: SONDE_PEER_NGINX, else the newest below SONDE_PEERS, else the one in PATH;
 * undefined if there is none.
 */
export function findNginxExporter(): Peer | undefined {
  return currentExporter(findPeer('prometheus-nginx-exporter', process.env['SONDE_PEER_NGINX']), 1, 5);
}

/** Why a test with it is skipped. */
export const NO_NGINX_EXPORTER =
  'no nginx-prometheus-exporter 1.5 here: set SONDE_PEER_NGINX, or install a newer prometheus-nginx-exporter';

/**
 * The real postgres_exporter: SONDE_PEER_POSTGRES, else the newest below SONDE_PEERS, else the one in PATH; undefined
 * if there is none.
 */
export function findPostgresExporter(): Peer | undefined {
  return currentExporter(findPeer('prometheus-postgres-exporter', process.env['SONDE_PEER_POSTGRES']), 0, 19);
}

/** Why a test with it is skipped. */
export const NO_POSTGRES_EXPORTER =
  'no postgres_exporter 0.19 here: set SONDE_PEER_POSTGRES, or install a newer prometheus-postgres-exporter';

/**
 * The real mysqld_exporter: SONDE_PEER_MYSQLD, else the newest below SONDE_PEERS, else the one in PATH; undefined
 * if there is none.
 */
export function findMysqldExporter(): Peer | undefined {
  return currentExporter(findPeer('prometheus-mysqld-exporter', process.env['SONDE_PEER_MYSQLD']), 0, 19);
}

/** Why a test with it is skipped. */
export const NO_MYSQLD_EXPORTER =
  'no mysqld_exporter 0.19 here: set SONDE_PEER_MYSQLD, or install a newer prometheus-mysqld-exporter';

/** Older ones have other metrics than those that Sonde has. */
function currentExporter(peer: Peer | undefined, atLeastMajor: number, atLeastMinor: number): Peer | undefined {
  const [major = 0, minor = 0] = (peer?.version ?? '').split('.').map(Number);
  return major > atLeastMajor || (major === atLeastMajor && minor >= atLeastMinor) ? peer : undefined;
}

/** The real Prometheus servers that can be had, the one in PATH first. */
export function findPrometheusServers(): readonly Peer[] {
  const found = [findInPath('prometheus'), belowPeers('prometheus')].filter((path) => path !== undefined);
  return [...new Set(found)].map(identify);
}

/** Whether a Prometheus server can take remote write 2.0: those before 2.54 cannot. */
export function takesRemoteWrite2({ path }: Peer): boolean {
  return spawnSync(path, ['--help'], { encoding: 'utf8' }).stdout.includes(ACCEPTED_MESSAGES);
}

/** The option of a Prometheus server that names the messages of remote write that it takes. */
export const ACCEPTED_MESSAGES = '--web.remote-write-receiver.accepted-protobuf-messages';

/** Prometheus' own tool, in every version that can be had. */
export function findPromtools(): readonly Peer[] {
  const found = [findInPath('promtool'), belowPeers('promtool')].filter((path) => path !== undefined);
  return [...new Set(found)].map(identify);
}

/** Why a test with a peer is skipped. */
export const NO_PEER = 'no blackbox_exporter here: set SONDE_PEER_BLACKBOX, or install prometheus-blackbox-exporter';

function findPeer(program: string, override = ''): Peer | undefined {
  const path = override === '' ? (belowPeers(program) ?? findInPath(program)) : override;
  return path === undefined ? undefined : identify(path);
}

/** Where .ci/run unpacked the newest peers. */
function belowPeers(program: string): string | undefined {
  const path = join(process.env['SONDE_PEERS'] ?? '/nonexistent', 'usr/bin', program);
  return existsSync(path) ? path : undefined;
}

/** A program in PATH; undefined if there is none of that name. */
export function findInPath(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** A peer that is named but does not run is an error, not a reason to skip. */
function identify(path: string): Peer {
  const { stdout, stderr, error } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  const [, version] = /(?:version|Exporter) v?(\d+\.\d+\.\d+)/.exec(`${stdout}${stderr}`) ?? [];
  if (version === undefined) throw new Error(`Cannot ask "${path}" for its version: ${error?.message ?? stderr}`);
  return { path, version };
}

/** Whether the peer is 0.28 or later; older ones differ in what `test/interop/expected-differences.ts` says of 0.23. */
export function isCurrent({ version }: Peer): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 0 || minor >= 28;
}

const LISTENING = /Listening on"? address=(\S+:\d+)/;

/** Starts the peer on a loopback port of its own choosing. */
export function startBlackboxExporter(
  peer: Peer,
  args: readonly string[],
  cwd?: string,
  env?: Readonly<Record<string, string>>,
): Promise<ChildService> {
  return startChildService({
    command: peer.path,
    args: ['--web.listen-address=127.0.0.1:0', ...args],
    ready: LISTENING,
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
  });
}

/** Starts the real node_exporter on a loopback port of its own choosing. */
export function startNodeExporter(peer: Peer, args: readonly string[], cwd?: string): Promise<ChildService> {
  return startChildService({
    command: peer.path,
    args: ['--web.listen-address=127.0.0.1:0', ...args],
    ready: LISTENING,
    ...(cwd !== undefined && { cwd }),
  });
}

/** Starts the real Pushgateway on a loopback port of its own choosing. It stores nothing unless `args` name a file. */
export function startRealPushgateway(peer: Peer, args: readonly string[] = []): Promise<ChildService> {
  const isStoring = args.some((arg) => arg.startsWith('--persistence.file='));
  return startChildService({
    command: peer.path,
    args: ['--web.listen-address=127.0.0.1:0', ...(isStoring ? [] : ['--persistence.file=']), ...args],
    ready: LISTENING,
  });
}

export interface SondeOptions {
  readonly cwd?: string;
  /** What Sonde is to be, such as `pushgateway`; the prober where absent. */
  readonly command?: string;
  /** The Node binary to run it with; the one that runs the test where absent. */
  readonly node?: string;
  readonly nodeArgs?: readonly string[];
  /** The folder of the build that is run; this one where absent. */
  readonly repository?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take until it listens; a minute where absent. */
  readonly startSeconds?: number;
}

/** The arguments that start Sonde in a process of its own. */
export function sondeCommand(
  args: readonly string[],
  { node = process.execPath, nodeArgs = [], repository = REPOSITORY }: SondeOptions = {},
): {
  readonly command: string;
  readonly args: readonly string[];
} {
  return { command: node, args: [...nodeArgs, join(repository, 'bin/sonde'), ...args] };
}

/** Starts Sonde on a loopback port of its own choosing. */
export function startSonde(args: readonly string[], options: SondeOptions = {}): Promise<ChildService> {
  const { cwd, env, command, startSeconds } = options;
  const named = command === undefined ? [] : [command];
  return startChildService({
    ...sondeCommand([...named, '--web.listen-address=127.0.0.1:0', ...args], options),
    ready: LISTENING,
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...(startSeconds !== undefined && { startSeconds }),
  });
}

/** Starts Sonde's node metrics on a loopback port of their own choosing. */
export function startSondeNode(args: readonly string[], options: SondeOptions = {}): Promise<ChildService> {
  return startChildService({
    ...sondeCommand(['node', '--web.listen-address=127.0.0.1:0', ...args], options),
    ready: LISTENING,
  });
}
