import type { Socket } from 'node:net';
import { gauge } from '../../metrics/metric-definition.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import { secondsSince } from '../../values/clock.js';
import type { RawMysql } from '../../values/raw-config.js';
import { StatementRefused } from '../server-client/run-collectors.js';
import { dialServer, type ServerPhase, type ServerTls } from '../server-client/server-dial.js';
import { probeServer } from '../server-client/server-probe.js';
import { type ServerTarget, shownTarget } from '../server-client/server-target.js';
import {
  type CollectorMetrics,
  runReported,
  statementTimeoutMs,
  turnsWithin,
} from '../server-client/sql-collectors.js';
import { askForTls, type Greeted } from './ask-for-tls.js';
import { MysqlConnection } from './mysql-connection.js';
import { compileMysqlOptions, type MysqlOptions, type MysqlProberDeps } from './mysql-options.js';
import { malformed, refused, REQUEST_FAILED } from './mysql-packets.js';
import { readMysqlTarget } from './mysql-target.js';
import { beginSession, readVersion, type ServerVersion, SLOW_FILTER } from './server-version.js';

const up = gauge('mysql_up', 'Whether the MySQL server is up.');
const collectorMetrics: CollectorMetrics = {
  seconds: gauge('mysql_exporter_collector_duration_seconds', 'Collector time duration.', ['collector']),
  success: gauge('mysql_exporter_collector_success', 'mysqld_exporter: Whether a collector succeeded.', ['collector']),
  refusals: gauge(
    'probe_mysql_refused_collectors',
    'Number of collectors that lack metrics because the server refused a statement or did not finish it.',
  ),
  labelOf: (name) => `collect.${name}`,
};
const durationSeconds = gauge(
  'probe_mysql_duration_seconds',
  'Duration of mysql probe by phase. Absent if the phase was not reached',
  ['phase'],
);

const DIAL_FAILED = 'Error dialing MySQL';

/** Asks a MySQL or MariaDB server for its state and gives the metrics of mysqld_exporter. */
export function mysqlProber(deps: MysqlProberDeps): Prober<'mysql'> {
  return defineProber<'mysql', RawMysql, MysqlOptions>({
    name: 'mysql',
    compile: (raw) => compileMysqlOptions(raw, deps),
    probe: (request, options, context) => probeMysql(request, { options, deps, context }),
  });
}

interface Session {
  readonly options: MysqlOptions;
  readonly deps: MysqlProberDeps;
  readonly context: ProbeContext;
}

async function probeMysql(request: ProbeRequest, session: Session): Promise<void> {
  const { options, context } = session;
  await probeServer({ up, durationSeconds }, context, async (phases) => {
    const target = readMysqlTarget(request.target);
    options.checkCredentials(target);
    const password = (await options.password?.(context))?.reveal();
    const startedAt = context.clock.monotonicSeconds();
    const { socket, greeting, hasTls } = await dial(target, request, { ...session, phases });
    try {
      const isSecure = hasTls || target.kind === 'unix';
      const collectors = wanted(options.collectors, request.collectors);
      const asking = {
        target,
        password,
        greeting,
        hasTls,
        isSecure,
        options: { ...options, collectors },
        context,
        startedAt,
      };
      await phases.time('request', () => askAll(socket, asking));
    } finally {
      socket.destroy();
    }
  });
}

interface Dialled {
  readonly socket: Socket;
  /** The packet of the greeting, if it was read before a TLS handshake, or to see whether there can be one. */
  readonly greeting: Buffer | undefined;
  readonly hasTls: boolean;
}

async function dial(
  target: ServerTarget,
  { hostname }: ProbeRequest,
  { options, deps, context, phases }: Session & { readonly phases: PhaseClock<ServerPhase> },
): Promise<Dialled> {
  let greeted: Greeted | undefined;
  const { addresses, isTlsOptional: isOptional } = options;
  const host = target.kind === 'tcp' ? target.host : '';
  const tls: ServerTls | undefined = options.tls && {
    client: options.tls,
    serverName: hostname === undefined || hostname === '' ? host : hostname,
    ask: async (socket) => {
      greeted = await askForTls(socket, { message: DIAL_FAILED, isOptional, signal: context.signal });
      return greeted.goesOnWithTls;
    },
  };
  const { resolver } = deps;
  const message = DIAL_FAILED;
  const dialer = { addresses, scheme: 'mysql', hostname, resolver, context, phases, message, tls } as const;
  const socket = await dialServer(target, dialer);
  return { socket, greeting: greeted?.greeting, hasTls: greeted?.goesOnWithTls === true };
}

interface Asking extends Omit<Dialled, 'socket'> {
  readonly target: ServerTarget;
  readonly password: string | undefined;
  readonly isSecure: boolean;
  readonly options: MysqlOptions;
  readonly context: ProbeContext;
  /** When the probe began to dial, on the monotonic clock. */
  readonly startedAt: number;
}

async function askAll(socket: Socket, asking: Asking): Promise<void> {
  const { target, password, greeting, hasTls, isSecure, options, context, startedAt } = asking;
  const { user, methods, takesServerKey } = options;
  const login = { user, password, methods, takesServerKey, isSecure, greeting, hasTls };
  const connection = await MysqlConnection.open(socket, login, context.signal);
  try {
    const version = await begin(connection, context, options.hasSlowFilter);
    const seconds = secondsSince(startedAt, context.clock);
    context.metrics.setWith(collectorMetrics.seconds, { collector: 'connection' }, seconds);
    const server = {
      ask: async (sql: string) => (await connection.ask(sql)).rows,
      nextTurn: turnsWithin(context.signal, REQUEST_FAILED),
      askTable: (sql: string) => connection.ask(sql),
      metrics: context.metrics,
      version: version.number,
      isMariadb: version.isMariadb,
      options: options.collectorOptions,
      label: shownTarget(target),
    };
    const asked = options.collectors.filter(({ since = 0 }) => server.version >= since);
    await runReported(asked, server, { metrics: collectorMetrics, context });
    connection.leave();
  } finally {
    connection.drop();
  }
}

/** Begins a session. A server must tell its version before it is asked anything else; it may refuse the rest. */
async function begin(
  connection: MysqlConnection,
  { timeoutSeconds, log }: ProbeContext,
  hasSlowFilter: boolean,
): Promise<ServerVersion> {
  const version = await versionOf(connection);
  const limits = beginSession(version, statementTimeoutMs(timeoutSeconds));
  for (const statement of [limits, ...(hasSlowFilter ? [SLOW_FILTER] : [])]) {
    try {
      await connection.ask(statement);
    } catch (error) {
      if (!(error instanceof StatementRefused)) throw error;
      log.warn('The server does not take a setting of the session', { statement, err: error.message });
    }
  }
  return version;
}

async function versionOf(connection: MysqlConnection): Promise<ServerVersion> {
  try {
    const [row] = (await connection.ask('SELECT @@version')).rows;
    const version = readVersion(row?.[0] ?? '');
    if (version === undefined) throw malformed('a version that is none');
    return version;
  } catch (error) {
    throw error instanceof StatementRefused ? refused('protocol_error', error.message) : error;
  }
}

/** The collectors to ask. Unknown names choose nothing, and if none is known all are asked, as with mysqld_exporter. */
function wanted(all: MysqlOptions['collectors'], names: ReadonlySet<string> | undefined): MysqlOptions['collectors'] {
  const chosen = names === undefined ? all : all.filter(({ name }) => names.has(name));
  return chosen.length === 0 ? all : chosen;
}
