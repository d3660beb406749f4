import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { readTimedOut } from '../../net/connection-ends.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import { stopWatching } from '../../net/tls/records/record-watch.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { reportTls } from '../../net/tls/tls-report.js';
import { type TlsStep, tlsStep } from '../../net/tls/tls-step.js';
import { noteTls } from '../../net/tls/tls-trace.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import type { ProbeContext } from '../../probe/prober.js';
import { within } from '../../values/config-error.js';
import type { RawTlsConfig, RawUnix } from '../../values/raw-config.js';
import { performSteps, reportConnected } from './dialogue-report.js';
import { compileQuerySteps, type QueryStep } from './query-step.js';
import { StreamDialogue } from './stream-dialogue.js';

/** The plan of a stream prober for an open connection. */
export interface StreamOptions {
  /** Whether the connection begins with TLS. */
  readonly tlsAtOnce: boolean;
  readonly tls: TlsClient;
  readonly steps: readonly QueryStep[];
}

/** The dependencies of compiling a module of a stream prober. */
export interface StreamDeps {
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
}

const STREAM_PHASES = ['resolve', 'connect', 'tls', 'dialogue'] as const;

/** A phase of a probe that holds a dialogue over a stream. */
export type StreamPhase = (typeof STREAM_PHASES)[number];

/** Compiles the options that the tcp and unix probers share. Throws an Error that names the option. */
export function compileStreamOptions(raw: RawUnix, { compileTls }: StreamDeps): StreamOptions {
  return {
    tlsAtOnce: raw.tls,
    tls: within(['tls_config'], () => compileTls(raw.tls_config)),
    steps: within(['query_response'], () => compileQuerySteps(raw.query_response)),
  };
}

/** The state that all steps over one stream share. */
export interface StreamSession {
  readonly context: ProbeContext;
  readonly phases: PhaseClock<StreamPhase>;
  /** The name for TLS where the module has none. */
  readonly serverName: string;
  /** The log line for a TLS handshake that fails as a part of dialling. */
  readonly dialFailed: string;
}

/**
 * Talks with the target over a fresh connection, TLS first where the module says so; closes it on every path. Rejects
 * with a ProbeFailure.
 */
export async function converse(connected: Socket, options: StreamOptions, session: StreamSession): Promise<void> {
  const { metrics } = session.context;
  let socket = connected;
  // Errors between reads and writes are not events of ours: the next read or write reports them.
  socket.on('error', ignore);
  try {
    if (options.tlsAtOnce) socket = await handshake(socket, options.tls, { ...session, message: session.dialFailed });
    session.context.log.debug('Successfully dialed');
    reportConnected(metrics);
    if (options.steps.length > 0) socket = await performDialogue(socket, options, session);
  } catch (error) {
    stopWatching(socket);
    connected.destroy();
    socket.destroy();
    throw error;
  }
  stopWatching(socket);
  closeGently(socket);
}

/** Returns the socket that the dialogue ended on: another one where a step changed to TLS. */
async function performDialogue(first: Socket, options: StreamOptions, session: StreamSession): Promise<Socket> {
  const { context, phases } = session;
  // A target that has said all it has to say may still be talked to, as in upstream.
  first.allowHalfOpen = true;
  let socket = first;
  const dialogue = new StreamDialogue(socket, context);
  await performSteps(options.steps, context, async (step) => {
    await phases.time('dialogue', () => dialogue.talk(step));
    if (!step.startTls) return;
    const message = 'TLS Handshake (client) failed';
    const plain = dialogue.release();
    const timedOut = readTimedOut(plain);
    socket = await handshake(plain, options.tls, { ...session, message, timedOut });
    context.log.debug('TLS Handshake (client) succeeded.');
    dialogue.resume(socket);
  }).catch((error: unknown) => {
    stopWatching(socket);
    socket.destroy();
    throw error;
  });
  return socket;
}

/** Shows what the target presented, also where it is refused. */
async function handshake(
  socket: Socket,
  client: TlsClient,
  { context, phases, serverName, message, timedOut }: StreamSession & Pick<TlsStep, 'message' | 'timedOut'>,
): Promise<Socket> {
  const { metrics, signal, notes } = context;
  const name = client.serverName ?? serverName;
  const onTls = (facts: TlsFacts): void => {
    noteTls(facts, name, notes);
    reportTls(metrics, facts, { withoutCipher: true });
  };
  const step = { client, serverName: name, signal, message, timedOut, onTls, watchesRecords: true };
  const connection = await phases.time('tls', () => tlsStep(socket, step));
  connection.socket.on('error', ignore);
  return connection.socket;
}

/** How long a peer may take to read our close_notify, in milliseconds. */
const GOODBYE_MS = 1000;

/** Closes a socket. All data is with the operating system by now; only TLS still has to send its close_notify. */
function closeGently(socket: Socket): void {
  if (!(socket instanceof TLSSocket)) {
    socket.destroy();
    return;
  }
  socket.setTimeout(GOODBYE_MS, () => socket.destroy());
  socket.destroySoon();
}

function ignore(): void {
  // No read or write is pending. The next one reports the error.
}

/** Declares the duration gauge of a stream prober. */
export function streamDurationGauge(prober: 'tcp' | 'unix') {
  return gauge(
    `probe_${prober}_duration_seconds`,
    `Duration of ${prober} probe by phase. Absent if the phase was not reached`,
    ['phase'],
  );
}

/** Sets the phases that were reached. */
export function reportStreamPhases(
  metrics: MetricSet,
  phases: PhaseClock<StreamPhase>,
  metric: ReturnType<typeof streamDurationGauge>,
): void {
  for (const phase of STREAM_PHASES) {
    if (phases.entered(phase)) metrics.setWith(metric, { phase }, phases.seconds(phase));
  }
}
