import type { Socket } from 'node:net';
import { connectTcp } from '../../net/connect.js';
import { connectUnix } from '../../net/connect-unix.js';
import { joinHostPort } from '../../net/host-port.js';
import { type AddressPolicy, resolveTarget } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { reportTls } from '../../net/tls/tls-report.js';
import { tlsStep } from '../../net/tls/tls-step.js';
import { noteTls } from '../../net/tls/tls-trace.js';
import { codeOf } from '../../probe/error-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import type { Scheme } from '../../probe/policy/policy-rule.js';
import type { ProbeContext } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import { type ServerTarget, shownTarget } from './server-target.js';

/** A phase of a probe that asks a server for its state. */
export type ServerPhase = 'resolve' | 'connect' | 'tls' | 'request' | 'processing' | 'transfer';

/** The dependencies of dialling a server. */
export interface ServerDialer {
  readonly addresses: AddressPolicy;
  /** The scheme by which target policies judge the connection. */
  readonly scheme: Scheme;
  /** The `hostname` parameter of the probe. */
  readonly hostname: string | undefined;
  readonly resolver: Resolver;
  readonly context: ProbeContext;
  readonly phases: PhaseClock<ServerPhase>;
  /** The log line of a failure. */
  readonly message: string;
  /** Undefined: no TLS. */
  readonly tls: ServerTls | undefined;
}

/** TLS as the module wants it. */
export interface ServerTls {
  readonly client: TlsClient;
  readonly serverName: string;
  /**
   * Negotiates TLS in the clear, for protocols whose connections begin without it. Resolves with whether the connection
   * goes on with TLS. Rejects with a ProbeFailure if the server refuses. Leaves the socket paused, with no TLS bytes
   * read from it.
   */
  readonly ask?: (socket: Socket) => Promise<boolean>;
}

/**
 * Resolves, connects and speaks TLS where it is asked for; the caller owns the socket. Rejects with a ProbeFailure,
 * nothing is open then.
 */
export async function dialServer(target: ServerTarget, dialer: ServerDialer): Promise<Socket> {
  const { context, tls } = dialer;
  await tls?.client.prepare(context.signal);
  const socket = await connect(target, dialer);
  // The next read or write reports errors that happen in between.
  socket.on('error', ignore);
  return tls === undefined ? socket : secured(socket, tls, dialer);
}

async function secured(socket: Socket, tls: ServerTls, { context, phases, message }: ServerDialer): Promise<Socket> {
  try {
    const goesOn = await phases.time('tls', async () => (await tls.ask?.(socket)) ?? true);
    if (!goesOn) return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const serverName = tls.client.serverName ?? tls.serverName;
  const onTls = (facts: TlsFacts): void => {
    noteTls(facts, serverName, context.notes);
    reportTls(context.metrics, facts);
  };
  const step = { client: tls.client, serverName, signal: context.signal, message, onTls };
  const connection = await phases.time('tls', () => tlsStep(socket, step));
  connection.socket.on('error', ignore);
  return connection.socket;
}

async function connect(target: ServerTarget, dialer: ServerDialer): Promise<Socket> {
  const { context, phases, message, scheme, hostname } = dialer;
  const { signal, policy } = context;
  if (target.kind === 'unix') {
    const path = target.path.startsWith('@') ? `\0${target.path.slice(1)}` : target.path;
    context.notes.dials(target.path, target.path);
    return phases.time('connect', () => connectUnix(path, { policy, signal }).catch(failedAt(target, message, signal)));
  }
  const { host, port } = target;
  const asked = { scheme, host, hostname, port, policy };
  const { address } = await phases.time('resolve', () =>
    resolveTarget(asked, { ...dialer.addresses, firstOfOther: true }, { resolver: dialer.resolver, context }),
  );
  context.notes.dials(shownTarget(target), joinHostPort(address, port));
  return phases.time('connect', () =>
    connectTcp({ address, port, asked, signal }).catch(failedAt({ kind: 'tcp', host: address, port }, message, signal)),
  );
}

/** The failure reasons of connecting to a unix socket. */
const REASON_OF_CODE: ReadonlyMap<string, FailureReason> = new Map<string, FailureReason>([
  ['ENOENT', 'connection_refused'],
  ['ENOTDIR', 'connection_refused'],
  ['EPROTOTYPE', 'invalid_target'],
]);

function failedAt(target: ServerTarget, message: string, signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    const failure = stepFailure(error, { phase: 'connect', signal, message, fields: { address: shownTarget(target) } });
    const reason = target.kind === 'tcp' || signal.aborted ? undefined : REASON_OF_CODE.get(codeOf(error) ?? '');
    throw reason === undefined ? failure : new ProbeFailure('connect', reason, message, failure.fields);
  };
}

function ignore(): void {
  // The stream itself reports the error.
}
