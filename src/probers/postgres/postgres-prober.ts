import type { Socket } from 'node:net';
import { gauge, untyped } from '../../metrics/metric-definition.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import type { RawPostgres } from '../../values/raw-config.js';
import { type CollectorEnd, runCollectors, StatementRefused } from '../server-client/run-collectors.js';
import { dialServer, type ServerPhase, type ServerTls } from '../server-client/server-dial.js';
import type { CollectorSpec, SqlServer } from '../server-client/view.js';
import { askForTls } from './ask-for-tls.js';
import { PgConnection } from './pg-connection.js';
import { malformed, refused } from './pg-messages.js';
import { compilePostgresOptions, type PostgresOptions, type PostgresProberDeps } from './postgres-options.js';
import { type PostgresTarget, readPostgresTarget, serverLabel } from './postgres-target.js';
import { beginSession, readVersion, type ServerVersion } from './server-version.js';

const up = gauge(
  'pg_up',
  'Whether the last scrape of metrics from PostgreSQL was able to connect to the server (1 for yes, 0 for no).',
);
const version = untyped('pg_static', 'Version string as reported by postgres', ['server', 'short_version', 'version']);
const collectorSeconds = gauge(
  'pg_scrape_collector_duration_seconds',
  'postgres_exporter: Duration of a collector scrape.',
  ['collector'],
);
const collectorSuccess = gauge('pg_scrape_collector_success', 'postgres_exporter: Whether a collector succeeded.', [
  'collector',
]);
const refusals = gauge(
  'probe_postgres_refused_collectors',
  'How many collectors lack what the server did not answer. The log has its words',
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
  const { metrics } = context;
  metrics.set(up, 0);
  const target = readPostgresTarget(request.target);
  options.checkCredentials(target.server);
  const password = (await options.password?.(context))?.reveal();
  const phases = new PhaseClock<ServerPhase>(context);
  try {
    const socket = await dial(target, request, { ...session, phases });
    try {
      await phases.time('request', () => askAll(socket, { target, password, options, context }));
    } finally {
      socket.destroy();
    }
    metrics.set(up, 1);
  } finally {
    for (const phase of ['resolve', 'connect', 'tls', 'request'] as const) {
      if (phases.entered(phase)) metrics.setWith(durationSeconds, { phase }, phases.seconds(phase));
    }
  }
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
      metrics: context.metrics,
      version: found.number,
      label,
    };
    await collectAll(collectors, server, context);
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

async function collectAll(
  collectors: readonly CollectorSpec[],
  server: SqlServer,
  { metrics, log, clock }: ProbeContext,
): Promise<void> {
  let refusedCount = 0;
  const onEnd = ({ name, seconds, refusal }: CollectorEnd): void => {
    if (refusal !== undefined) {
      refusedCount++;
      log.warn('The server does not answer a collector', { collector: name, err: refusal.message });
    }
    // The prefix marks metrics that upstream has outside its collectors.
    if (name.startsWith('pg_')) return;
    metrics.setWith(collectorSeconds, { collector: name }, seconds);
    metrics.setWith(collectorSuccess, { collector: name }, refusal === undefined ? 1 : 0);
  };
  await runCollectors(collectors, server, { clock, onEnd, isAtOnce: true });
  metrics.set(refusals, refusedCount);
}

/** A statement may take a quarter of the probe's time, so that one that does not end leaves time for others. */
const SHARE = 4;
const LONGEST_STATEMENT_MS = 60_000;

function statementTimeoutMs(timeoutSeconds: number): number {
  return Math.max(1, Math.min(LONGEST_STATEMENT_MS, Math.floor((timeoutSeconds * 1000) / SHARE)));
}
