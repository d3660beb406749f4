import { gauge } from '../../metrics/metric-definition.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import type { RawRedis } from '../../values/raw-config.js';
import { dialServer, type ServerPhase } from '../server-client/server-dial.js';
import { probeServer } from '../server-client/server-probe.js';
import { reportClients } from './redis-clients.js';
import { reportNodes } from './redis-cluster-nodes.js';
import { RedisConnection, refusalOf, refused } from './redis-connection.js';
import {
  configCommands,
  EXTRA_COMMANDS,
  reportConfig,
  reportEmptyDatabases,
  reportSlowlog,
  reportSpikes,
  reportSystem,
} from './redis-extras.js';
import { reportFields, reportInfo } from './redis-info-report.js';
import { type Databases, reportKeyGroups } from './redis-key-groups.js';
import { ignoredKeyParams, keysOfParams, refuseKeyParams } from './redis-key-params.js';
import { reportKeys } from './redis-keys.js';
import { LuaRunner } from './redis-lua.js';
import { up } from './redis-metrics.js';
import { reportIndexes, reportModules, reportTile38 } from './redis-modules.js';
import { type AskedOptions, compileRedisOptions, type RedisOptions, type RedisProberDeps } from './redis-options.js';
import { reportScripts } from './redis-scripts.js';
import { reportSentinel } from './redis-sentinel.js';
import { reportStreams } from './redis-streams.js';
import { readRedisTarget, type RedisTarget } from './redis-target.js';
import { RespError, type RespValue } from './resp-reader.js';

const durationSeconds = gauge(
  'probe_redis_duration_seconds',
  'Duration of redis probe by phase. Absent if the phase was not reached',
  ['phase'],
);

const DIAL_FAILED = 'Error dialing Redis';

/** Asks a Redis server, or one of its kind, for its state and gives the metrics of redis_exporter. */
export function redisProber(deps: RedisProberDeps): Prober<'redis'> {
  return defineProber<'redis', RawRedis, RedisOptions>({
    name: 'redis',
    compile: (raw) => compileRedisOptions(raw, deps),
    probe: (request, options, context) => probeRedis(request, options, deps, context),
    refuse: refuseKeyParams,
  });
}

async function probeRedis(
  request: ProbeRequest,
  options: RedisOptions,
  deps: RedisProberDeps,
  context: ProbeContext,
): Promise<void> {
  await probeServer({ up, durationSeconds }, context, async (phases) => {
    const target = readRedisTarget(request.target);
    ignoredKeyParams(request, options, context.log);
    const keys = keysOfParams(request, options);
    options.checkCredentials(target.server);
    const password = (await options.login?.password(context))?.reveal();
    await withConnection(target, request, { options, deps, context, phases }, async (connection) => {
      if (password !== undefined) await logIn(connection, request.username ?? options.login?.username ?? '', password);
      await askAll(connection, { ...options.asked, keys }, context);
    });
  });
}

interface Session {
  readonly options: RedisOptions;
  readonly deps: RedisProberDeps;
  readonly context: ProbeContext;
  readonly phases: PhaseClock<ServerPhase>;
}

/** Opens the only connection of the probe, and closes it on every path. */
async function withConnection(
  target: RedisTarget,
  { hostname }: ProbeRequest,
  { options, deps, context, phases }: Session,
  talk: (connection: RedisConnection) => Promise<void>,
): Promise<void> {
  const tls = tlsOf(target, options, hostname);
  const { addresses } = options;
  const { resolver } = deps;
  const message = DIAL_FAILED;
  const dialer = { addresses, scheme: 'redis', hostname, resolver, context, phases, message, tls } as const;
  const socket = await dialServer(target.server, dialer);
  const connection = new RedisConnection(socket, context.signal);
  try {
    await phases.time('request', () => talk(connection));
  } finally {
    connection.drop();
    socket.destroy();
  }
}

function tlsOf({ server, secure }: RedisTarget, { tls, tlsAlways }: RedisOptions, hostname = '') {
  if (!secure && !tlsAlways) return undefined;
  const host = server.kind === 'tcp' ? server.host : '';
  return { client: tls, serverName: hostname === '' ? host : hostname };
}

/**
 * Logs in. The user's name is sent where one is configured, which takes Redis 6; for the default user, and on older
 * servers, the password alone is enough.
 */
async function logIn(connection: RedisConnection, username: string, password: string): Promise<void> {
  const [answer] = await connection.ask([username === '' ? ['AUTH', password] : ['AUTH', username, password]]);
  if (answer === 'OK') return;
  if (answer instanceof RespError) throw refused('auth_failed', answer.text);
  throw refused('protocol_error', 'an answer to AUTH that is not OK');
}

/** Asks for everything. Commands that do not depend on an answer go out at once, so that they cost one round trip. */
async function askAll(connection: RedisConnection, asked: AskedOptions, context: ProbeContext): Promise<void> {
  const { metrics, clock } = context;
  const settings = configCommands(asked.configCommand);
  const answers = await connection.ask([
    ['INFO', 'ALL'],
    ['CLIENT', 'SETNAME', 'sonde'],
    ...settings,
    ...EXTRA_COMMANDS,
  ]);
  const [info = null, , ...rest] = answers;
  const text = await infoOf(info, connection);
  const summary = await reportInfo(text, metrics, clock.wallSeconds());
  if (!summary.isInfo) throw refused('protocol_error', 'an answer to INFO without its fields or its version');
  const databases = reportConfig(rest.slice(0, settings.length), metrics);
  const [latest = null, histogram = null, length = null, slow = null] = rest.slice(settings.length);
  // A cluster has one database.
  if (asked.emptyDatabases) reportEmptyDatabases(summary.isCluster ? 1 : databases, summary.databases, metrics);
  if (asked.system) reportSystem(summary.systemMemoryBytes, metrics);
  reportSpikes(latest, metrics);
  summary.commands.reportHistograms(histogram);
  reportSlowlog(length, slow, metrics);
  if (summary.isCluster) await askCluster(connection, metrics);
  if (summary.isSentinel) await reportSentinel(connection, metrics);
  if (asked.clusterNodes) await askNodes(connection, metrics);
  const shown = { count: summary.isCluster ? 1 : databases, withKeys: summary.databases };
  await askMore(connection, asked, { context, isMaster: summary.isMaster, databases: shown });
}

async function askNodes(connection: RedisConnection, metrics: ProbeContext['metrics']): Promise<void> {
  const [nodes] = await connection.ask([['CLUSTER', 'NODES']]);
  if (typeof nodes !== 'string') throw refused('protocol_error', nodes instanceof RespError ? nodes.text : 'no nodes');
  await reportNodes(nodes, metrics);
}

interface Report {
  readonly context: ProbeContext;
  readonly isMaster: boolean;
  readonly databases: Databases;
}

/**
 * Makes the queries that the module adds. An answer that is too large ends them, since nothing can be read behind it;
 * what was read before is kept. Clients come last: with thousands of them, that is what happens.
 */
async function askMore(connection: RedisConnection, asked: AskedOptions, report: Report): Promise<void> {
  for (const [what, ask] of queriesOf(connection, asked, report)) {
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof ProbeFailure) || error.reason !== 'response_too_large') throw error;
      report.context.log.warn('An answer is too large; it and what would follow are left out', {
        of: what,
        ...error.fields,
      });
      return;
    }
  }
}

type Query = readonly [what: string, ask: () => Promise<void>];

function queriesOf(
  connection: RedisConnection,
  { keys, keyGroups, modules, indexes, tile38, scripts, clients }: AskedOptions,
  { context, isMaster, databases }: Report,
): readonly Query[] {
  const { metrics, log, clock } = context;
  const lua = new LuaRunner(connection);
  const queries: (Query | undefined)[] = [];
  if (keys.onMasters || !isMaster) {
    const asking = { connection, metrics, batchSize: keys.batchSize };
    queries.push(['keys', () => reportKeys(keys, asking)], ['streams', () => reportStreams(keys, asking)]);
  }
  queries.push(
    keyGroups && ['key groups', () => reportKeyGroups(keyGroups, databases, { connection, lua, metrics, log, clock })],
    modules ? ['modules', () => reportModules(connection, metrics)] : undefined,
    indexes && ['search indexes', () => reportIndexes(indexes, { connection, metrics, signal: context.signal })],
    tile38 ? ['Tile38', () => reportTile38(connection, metrics)] : undefined,
    scripts && ['scripts', () => reportScripts(scripts, lua, { metrics, log })],
    clients === 'none' ? undefined : ['clients', () => askClients(connection, context, clients === 'with ports')],
  );
  return queries.filter((query) => query !== undefined);
}

async function askClients(
  connection: RedisConnection,
  { metrics, clock }: ProbeContext,
  withPort: boolean,
): Promise<void> {
  const [list] = await connection.ask([['CLIENT', 'LIST']]);
  if (typeof list === 'string') await reportClients(list, { metrics, nowSeconds: clock.wallSeconds(), withPort });
}

/**
 * The text of INFO, without which there is nothing to report. Servers that do not know ALL are asked for what they show
 * by default.
 */
async function infoOf(answer: RespValue, connection: RedisConnection): Promise<string> {
  if (isText(answer)) return answer;
  if (answer instanceof RespError && /^(?:NOAUTH|NOPERM|WRONGPASS) /.test(answer.text)) throw refusalOf(answer);
  const [plain] = await connection.ask([['INFO']]);
  if (plain instanceof RespError) throw refusalOf(plain);
  if (!isText(plain)) throw refused('protocol_error', 'an answer to INFO that is no text of several lines');
  return plain;
}

/** A simple string has one line, as `+OK` of a server that knows no INFO. */
function isText(answer: RespValue | undefined): answer is string {
  return typeof answer === 'string' && answer.includes('\n');
}

async function askCluster(connection: RedisConnection, metrics: ProbeContext['metrics']): Promise<void> {
  const [info] = await connection.ask([['CLUSTER', 'INFO']]);
  if (typeof info === 'string') await reportFields(info, metrics);
}
