import type { Socket } from 'node:net';
import { gauge, untyped } from '../../metrics/metric-definition.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import type { RawPostgres } from '../../values/raw-config.js';
import { StatementRefused } from '../server-client/run-collectors.js';
import { dialServer, type ServerPhase, type ServerTls } from '../server-client/server-dial.js';
import { probeServer } from '../server-client/server-probe.js';
import {
  type CollectorMetrics,
  runReported,
  statementTimeoutMs,
  turnsWithin,
} from '../server-client/sql-collectors.js';
import { askForTls } from './ask-for-tls.js';
import { PgConnection } from './pg-connection.js';
import { malformed, refused, REQUEST_FAILED } from './pg-messages.js';
import {
  compilePostgresOptions,
  type Discovery,
  type PostgresOptions,
  type PostgresProberDeps,
} from './postgres-options.js';
import { type PostgresTarget, readPostgresTarget, serverLabel } from './postgres-target.js';
import { otherDatabases } from './queries/databases.js';
import { QueryRun } from './queries/run-queries.js';
import { beginSession, readVersion, type ServerVersion } from './server-version.js';

const up = gauge(
  'pg_up',
  'Whether the last scrape of metrics from PostgreSQL was able to connect to the server (1 for yes, 0 for no).',
);
const version = untyped('pg_static', 'Version string as reported by postgres', ['server', 'short_version', 'version']);
const collectorMetrics: CollectorMetrics = {
  seconds: gauge('pg_scrape_collector_duration_seconds', 'postgres_exporter: Duration of a collector scrape.', [
    'collector',
  ]),
  success: gauge('pg_scrape_collector_success', 'postgres_exporter: Whether a collector succeeded.', ['collector']),
  refusals: gauge(
    'probe_postgres_refused_collectors',
    'Number of collectors that lack metrics because the server refused a statement or did not finish it.',
  ),
  // The prefix marks metrics that upstream has outside its collectors.
  labelOf: (name) => (name.startsWith('pg_') ? undefined : name),
};
const refusedQueries = gauge(
  'probe_postgres_refused_queries',
  'Number of custom queries without metrics, because the server refused them or did not finish them, in any database.',
);
const durationSeconds = gauge(
  'probe_postgres_duration_seconds',
  'Duration of postgres probe by phase. Absent if the phase was not reached',
  ['phase'],
);

const DIAL_FAILED = 'Error dialing PostgreSQL';

/** Asks a PostgreSQL server for its state and gives the metrics of postgres_exporter. */
export function postgresProber(deps: PostgresProberDeps): Prober<'postgres'> {
  return defineProber<'postgres', RawPostgres, PostgresOptions>({
    name: 'postgres',
    compile: (raw) => compilePostgresOptions(raw, deps),
    probe: (request, options, context) => probePostgres(request, { options, deps, context }),
  });
}

interface Session {
  readonly options: PostgresOptions;
  readonly deps: PostgresProberDeps;
  readonly context: ProbeContext;
}

async function probePostgres(request: ProbeRequest, session: Session): Promise<void> {
  const { options, context } = session;
  await probeServer({ up, durationSeconds }, context, async (phases) => {
    const target = readPostgresTarget(request.target);
    options.checkCredentials(target.server);
    const password = (await options.password?.(context))?.reveal();
    const asking: Asking = { ...session, phases, request, target, password };
    const database = target.database ?? options.database;
    const others = await inDatabase(database, asking, (connection, found) => askAll(connection, found, asking));
    // The server has answered, whatever comes of its other databases.
    context.metrics.set(up, 1);
    await others?.(asking);
  });
}

interface Asking extends Session {
  readonly phases: PhaseClock<ServerPhase>;
  readonly request: ProbeRequest;
  readonly target: PostgresTarget;
  readonly password: string | undefined;
}

/** Opens a connection to a database, begins a session and asks; the connection is closed on every path. */
async function inDatabase<T>(
  database: string,
  asking: Asking,
  ask: (connection: PgConnection, found: ServerVersion) => Promise<T>,
): Promise<T> {
  const { options, context, target, request, password, phases } = asking;
  const { user, methods } = options;
  const socket = await dial(target, request, asking);
  try {
    return await phases.time('request', async () => {
      const connection = await PgConnection.open(socket, { user, methods, password, database }, context.signal);
      try {
        const answer = await ask(connection, await versionOf(connection, context));
        connection.leave();
        return answer;
      } finally {
        connection.drop();
      }
    });
  } finally {
    socket.destroy();
  }
}

function dial(
  { server }: PostgresTarget,
  { hostname }: ProbeRequest,
  { options, deps, context, phases }: Asking,
): Promise<Socket> {
  const host = server.kind === 'tcp' ? server.host : '';
  const tls: ServerTls | undefined = options.tls && {
    client: options.tls,
    serverName: hostname === undefined || hostname === '' ? host : hostname,
    ask: async (socket) => {
      await askForTls(socket, DIAL_FAILED, context.signal);
      return true;
    },
  };
  const { addresses } = options;
  const { resolver } = deps;
  const message = DIAL_FAILED;
  return dialServer(server, { addresses, scheme: 'postgres', hostname, resolver, context, phases, message, tls });
}

/** Asks for everything in the database of the target. Returns what is left to do in other databases, if anything. */
async function askAll(
  connection: PgConnection,
  found: ServerVersion,
  { options, context, target }: Asking,
): Promise<((asking: Asking) => Promise<void>) | undefined> {
  const { collectors, queries } = options;
  const label = serverLabel(target.server);
  if (options.withVersion) {
    context.metrics.setWith(version, { server: label, short_version: found.short, version: found.text }, 1);
  }
  const server = {
    ask: (sql: string) => connection.ask(sql),
    nextTurn: turnsWithin(context.signal, REQUEST_FAILED),
    metrics: context.metrics,
    version: found.number,
    label,
  };
  await runReported(collectors, server, { metrics: collectorMetrics, context, isAtOnce: true });
  return queries.length === 0 ? undefined : askOwnQueries(connection, label, { options, context, target });
}

/** Asks the custom queries in the database of the target. Returns what is left to do in other databases. */
async function askOwnQueries(
  connection: PgConnection,
  label: string,
  { options, context, target }: Pick<Asking, 'options' | 'context' | 'target'>,
): Promise<(asking: Asking) => Promise<void>> {
  const { queries, discovery } = options;
  const run = new QueryRun(context);
  await run.ask(queries, { connection, label, name: target.database ?? options.database });
  const everywhere = queries.filter(({ isMasterOnly }) => !isMasterOnly);
  const names = discovery === undefined || everywhere.length === 0 ? [] : await namesIn(connection, discovery, context);
  return async (asking) => {
    try {
      for (const name of names) {
        await askDatabase(name, asking, (other) => run.ask(everywhere, { connection: other, label, name }), run);
      }
    } finally {
      run.end();
      context.metrics.set(refusedQueries, run.refusals);
    }
  };
}

/** Asks another database. One that cannot be asked costs only what it would have said. */
async function askDatabase(
  name: string,
  asking: Asking,
  ask: (connection: PgConnection) => Promise<void>,
  run: QueryRun,
): Promise<void> {
  try {
    await inDatabase(name, asking, ask);
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    run.lose(name, String(error.fields['err'] ?? error.reason));
    if (asking.context.signal.aborted) throw error;
  }
}

async function namesIn(
  connection: PgConnection,
  discovery: Discovery,
  { log }: ProbeContext,
): Promise<readonly string[]> {
  try {
    const { names, areMore } = await otherDatabases(connection, discovery);
    if (areMore) log.warn('There are more databases than are asked', { asked: names.length });
    return names;
  } catch (error) {
    if (!(error instanceof StatementRefused)) throw error;
    log.warn('The server does not say which databases there are', { err: error.message });
    return [];
  }
}

/** Begins a session. A server must tell its version before it is asked anything else. */
async function versionOf(connection: PgConnection, { timeoutSeconds }: ProbeContext): Promise<ServerVersion> {
  try {
    const [row] = await connection.askFirst(beginSession(statementTimeoutMs(timeoutSeconds)));
    const found = row && readVersion(row);
    if (found === undefined) throw malformed('a version that is none');
    return found;
  } catch (error) {
    throw error instanceof StatementRefused ? refused('protocol_error', error.message) : error;
  }
}
