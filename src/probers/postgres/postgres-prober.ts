import type { Socket } from 'node:net';
import { gauge, untyped } from '../../metrics/metric-definition.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import type { RawPostgres } from '../../values/raw-config.js';
import { StatementRefused } from '../server-client/run-collectors.js';
import { dialServer, type ServerPhase, type ServerTls } from '../server-client/server-dial.js';
import { probeServer } from '../server-client/server-probe.js';
import { type CollectorMetrics, runReported, statementTimeoutMs, turnWithin } from '../server-client/sql-collectors.js';
import { askForTls } from './ask-for-tls.js';
import { PgConnection } from './pg-connection.js';
import { malformed, refused, REQUEST_FAILED } from './pg-messages.js';
import { compilePostgresOptions, type PostgresOptions, type PostgresProberDeps } from './postgres-options.js';
import { type PostgresTarget, readPostgresTarget, serverLabel } from './postgres-target.js';
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
    const socket = await dial(target, request, { ...session, phases });
    try {
      await phases.time('request', () => askAll(socket, { target, password, options, context }));
    } finally {
      socket.destroy();
    }
  });
}

function dial(
  { server }: PostgresTarget,
  { hostname }: ProbeRequest,
  { options, deps, context, phases }: Session & { readonly phases: PhaseClock<ServerPhase> },
): Promise<Socket> {
  const host = server.kind === 'tcp' ? server.host : '';
  const tls: ServerTls | undefined = options.tls && {
    client: options.tls,
    serverName: hostname === undefined || hostname === '' ? host : hostname,
    ask: (socket) => askForTls(socket, DIAL_FAILED, context.signal),
  };
  const { resolver } = deps;
  const dialer = { addresses: options.addresses, scheme: 'postgres', hostname, resolver, context, phases } as const;
  return dialServer(server, { ...dialer, message: DIAL_FAILED, ...(tls && { tls }) });
}

interface Asking {
  readonly target: PostgresTarget;
  readonly password: string | undefined;
  readonly options: PostgresOptions;
  readonly context: ProbeContext;
}

async function askAll(socket: Socket, { target, password, options, context }: Asking): Promise<void> {
  const { user, methods, collectors } = options;
  const login = {
    ...{ user, methods, password },
    database: target.database ?? options.database,
  };
  const connection = await PgConnection.open(socket, login, context.signal);
  try {
    const label = serverLabel(target.server);
    const found = await versionOf(connection, context);
    if (options.withVersion) {
      context.metrics.setWith(version, { server: label, short_version: found.short, version: found.text }, 1);
    }
    const server = {
      ask: (sql: string) => connection.ask(sql),
      nextTurn: () => turnWithin(context.signal, REQUEST_FAILED),
      metrics: context.metrics,
      version: found.number,
      label,
    };
    await runReported(collectors, server, { metrics: collectorMetrics, context, isAtOnce: true });
    connection.leave();
  } finally {
    connection.drop();
  }
}

/** Begins a session. A server must tell its version before it is asked anything else. */
async function versionOf(connection: PgConnection, { timeoutSeconds }: ProbeContext): Promise<ServerVersion> {
  try {
    const [row] = await connection.ask(beginSession(statementTimeoutMs(timeoutSeconds)));
    const found = row && readVersion(row);
    if (found === undefined) throw malformed('a version that is none');
    return found;
  } catch (error) {
    throw error instanceof StatementRefused ? refused('protocol_error', error.message) : error;
  }
}
