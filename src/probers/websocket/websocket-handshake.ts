import type { Socket } from 'node:net';
import { type Asked, connectTcp } from '../../net/connect.js';
import { dialTimedOut } from '../../net/connection-ends.js';
import { joinHostPort } from '../../net/host-port.js';
import { MalformedResponse } from '../../net/http1/malformed-response.js';
import { HeadTooLarge, NoResponse } from '../../net/http1/no-head.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import { reportTls } from '../../net/tls/tls-report.js';
import { tlsStep } from '../../net/tls/tls-step.js';
import { noteTls } from '../../net/tls/tls-trace.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import type { ProbeContext } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { WebsocketConnection } from './websocket-connection.js';
import type { HeaderLine, WebsocketOptions } from './websocket-options.js';
import { reportStatus, type WebsocketPhase } from './websocket-report.js';
import { UnsendableHeader } from './websocket-request.js';
import type { WebsocketTarget } from './websocket-target.js';
import { upgrade, UpgradeError } from './websocket-upgrade.js';

/** The log line for a connection or a handshake that fails. */
export const DIAL_FAILED = 'Error dialing websocket';

/** The destination of the connection, after name resolution. */
export interface WebsocketPlan {
  readonly target: WebsocketTarget;
  readonly address: string;
  readonly asked: Asked;
  /** The name for SNI and for the certificate. */
  readonly serverName: string;
  readonly headers: readonly HeaderLine[];
}

/** The dependencies of a websocket handshake. */
export interface HandshakeDeps {
  readonly options: WebsocketOptions;
  readonly context: ProbeContext;
  readonly phases: PhaseClock<WebsocketPhase>;
}

/** Connects, speaks TLS for wss, and changes to the WebSocket protocol. Rejects with a ProbeFailure. */
export async function openWebsocket(plan: WebsocketPlan, deps: HandshakeDeps): Promise<WebsocketConnection> {
  const { phases } = deps;
  const socket = await connect(plan, deps);
  return phases.time('processing', async () => {
    const ready = plan.target.secure ? await secure(socket, plan, deps) : socket;
    phases.enter('processing');
    return changeProtocol(ready, plan, deps);
  });
}

/** Connects. The time of a connection that fails counts as processing, as in upstream. */
async function connect({ target, address, asked }: WebsocketPlan, { context, phases }: HandshakeDeps): Promise<Socket> {
  const { signal, clock } = context;
  context.notes.dials(target.url.href, joinHostPort(address, target.port));
  phases.enter('connect');
  const startedAt = clock.monotonicSeconds();
  try {
    const socket = await connectTcp({ address, port: target.port, asked, signal });
    phases.add('connect', clock.monotonicSeconds() - startedAt);
    return socket;
  } catch (error) {
    phases.add('processing', clock.monotonicSeconds() - startedAt);
    const fields = { address: joinHostPort(address, target.port) };
    const timedOut = dialTimedOut(address, target.port);
    throw stepFailure(error, { phase: 'connect', signal, message: DIAL_FAILED, fields, timedOut });
  }
}

/** Shows what the server presented, also where it is refused. */
async function secure(
  socket: Socket,
  { serverName }: WebsocketPlan,
  { options: { tls }, context, phases }: HandshakeDeps,
): Promise<Socket> {
  const { metrics, signal, notes } = context;
  phases.enter('tls');
  const onTls = (facts: TlsFacts): void => {
    noteTls(facts, serverName, notes);
    reportTls(metrics, facts);
  };
  return (await tlsStep(socket, { client: tls, serverName, signal, message: DIAL_FAILED, onTls })).socket;
}

async function changeProtocol(
  socket: Socket,
  { target, headers }: WebsocketPlan,
  { context: { metrics, signal } }: HandshakeDeps,
): Promise<WebsocketConnection> {
  const onStatus = (status: number): void => {
    reportStatus(metrics, status);
  };
  try {
    return await upgrade(socket, { url: target.url, headers, signal, onStatus });
  } catch (error) {
    // In TLS 1.3, a server only refuses the client's certificate now.
    const alert = signal.aborted ? undefined : tlsAlertReason(error);
    if (alert !== undefined) throw new ProbeFailure('tls', alert, DIAL_FAILED, { err: goTlsError(error) });
    // Upstream's words for an answer that does not come, too.
    if (!signal.aborted && error instanceof NoResponse) {
      throw new ProbeFailure('processing', 'connection_closed', DIAL_FAILED, { err: 'unexpected EOF' });
    }
    const otherwise = reasonOf(error);
    throw stepFailure(error, {
      phase: 'processing',
      signal,
      message: DIAL_FAILED,
      ...(otherwise && { otherwise }),
    });
  }
}

/** The failure reason if the answer does not complete the handshake. */
function reasonOf(error: unknown): FailureReason | undefined {
  if (error instanceof UpgradeError) return 'upgrade_refused';
  if (error instanceof UnsendableHeader) return 'invalid_request';
  if (error instanceof HeadTooLarge) return 'response_header_too_large';
  return error instanceof MalformedResponse ? 'response_malformed' : undefined;
}
