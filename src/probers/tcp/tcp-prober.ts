import type { Socket } from 'node:net';
import { connectTcp } from '../../net/connect.js';
import { dialTimedOut } from '../../net/connection-ends.js';
import { type HostPort, joinHostPort, parsePort, portOrNone, splitHostPort } from '../../net/host-port.js';
import { resolveTarget } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import { sourceFor } from '../../net/source-address.js';
import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { RawTcp } from '../../values/raw-config.js';
import {
  converse,
  reportStreamPhases,
  type StreamDeps,
  streamDurationGauge,
  type StreamPhase,
} from '../query-response/stream-session.js';
import { compileTcpOptions, type TcpOptions } from './tcp-options.js';

/** The dependencies of the tcp prober. */
export interface TcpProberDeps extends StreamDeps {
  readonly resolver: Resolver;
  /** Ports by the names of their services; the common ones where absent. */
  readonly tcpServices?: ReadonlyMap<string, number>;
}

const durationSeconds = streamDurationGauge('tcp');
const DIAL_FAILED = 'Error dialing TCP';

/** Connects to `host:port`, with TLS if asked to, and has a dialogue there. */
export function tcpProber(deps: TcpProberDeps): Prober<'tcp'> {
  return defineProber<'tcp', RawTcp, TcpOptions>({
    name: 'tcp',
    compile: (raw) => compileTcpOptions(raw, deps),
    probe: (request, options, context) => probeTcp(request, options, { deps, context }),
  });
}

interface Deps {
  readonly deps: TcpProberDeps;
  readonly context: ProbeContext;
}

async function probeTcp(request: ProbeRequest, options: TcpOptions, { deps, context }: Deps): Promise<void> {
  const { resolver, tcpServices } = deps;
  const { host, port } = readTarget(request.target);
  const phases = new PhaseClock<StreamPhase>(context);
  try {
    const { hostname } = request;
    const destination = { scheme: 'tcp' as const, host, port: portOrNone(port, tcpServices), hostname };
    const target = await phases.time('resolve', () =>
      resolveTarget(destination, options.addresses, { resolver, context }),
    );
    const localAddress = sourceFor(target, options.source, DIAL_FAILED);
    const plan = {
      address: target.address,
      port: readPort(port, tcpServices),
      asked: { scheme: 'tcp' as const, host, hostname, policy: context.policy },
      ...(localAddress !== undefined && { localAddress }),
      signal: context.signal,
    };
    if (options.tlsAtOnce) await options.tls.prepare(context.signal);
    context.log.debug(options.tlsAtOnce ? 'Dialing TCP with TLS' : 'Dialing TCP without TLS');
    context.notes.dials(request.target, joinHostPort(plan.address, plan.port));
    const socket = await phases.time('connect', () => dial(plan));
    const serverName = request.hostname === undefined || request.hostname === '' ? host : request.hostname;
    await converse(socket, options, { context, phases, serverName, dialFailed: DIAL_FAILED });
  } finally {
    reportStreamPhases(context.metrics, phases, durationSeconds);
  }
}

function readTarget(target: string): HostPort {
  try {
    return splitHostPort(target);
  } catch (error) {
    const err = textOf(error);
    throw new ProbeFailure('setup', 'invalid_target', 'Error splitting target address and port', { err });
  }
}

/** Service names count as upstream counts them: they are looked up when dialling. */
function readPort(port: string, services: ReadonlyMap<string, number> | undefined): number {
  try {
    return parsePort(port, services);
  } catch (error) {
    throw new ProbeFailure('setup', 'invalid_target', DIAL_FAILED, { err: textOf(error) });
  }
}

async function dial(plan: Parameters<typeof connectTcp>[0]): Promise<Socket> {
  const { address, port, signal } = plan;
  try {
    return await connectTcp(plan);
  } catch (error) {
    const fields = { address: joinHostPort(address, port) };
    const timedOut = dialTimedOut(address, port);
    throw stepFailure(error, { phase: 'connect', signal, message: DIAL_FAILED, fields, timedOut });
  }
}
