import { joinHostPort } from '../../net/host-port.js';
import { resolveTarget } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import { reportTls } from '../../net/tls/tls-report.js';
import { noteTls } from '../../net/tls/tls-trace.js';
import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import type { TargetPolicy } from '../../probe/policy/target-policy.js';
import { ranOutOfTime } from '../../probe/probe-abort.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { RawGrpc } from '../../values/raw-config.js';
import { callUnary } from './grpc-call.js';
import { judgeOutcome } from './grpc-checks.js';
import { CANNOT_CONNECT, dialGrpc } from './grpc-dial.js';
import { noteMetadata } from './grpc-metadata.js';
import { compileGrpcOptions, type GrpcDeps, type GrpcOptions } from './grpc-options.js';
import { type GrpcOutcome, readReply } from './grpc-outcome.js';
import {
  type GrpcPhase,
  reportNoServingStatus,
  reportNothingYet,
  reportOutcome,
  reportPhases,
  reportStatusCode,
} from './grpc-report.js';
import { GRPC } from './grpc-status.js';
import { type GrpcTarget, parseGrpcTarget } from './grpc-target.js';

/** The dependencies of the grpc prober. */
export interface GrpcProberDeps extends GrpcDeps {
  readonly resolver: Resolver;
}

const HEALTH_FAILURES = [
  'grpc_not_serving',
  'grpc_unimplemented',
  'grpc_service_unknown',
  'grpc_status_error',
] as const;

const describeExpectations = () => [{ expects: 'the service is SERVING', reasons: HEALTH_FAILURES }];

const HEALTH_CHECK = '/grpc.health.v1.Health/Check';

/** Makes the prober that asks gRPC servers for the health of a service (grpc.health.v1). */
export function grpcProber(deps: GrpcProberDeps): Prober<'grpc'> {
  return defineProber<'grpc', RawGrpc, GrpcOptions>({
    name: 'grpc',
    compile: (raw) => compileGrpcOptions(raw, deps),
    probe: (request, options, context) => probeGrpc(request, options, { resolver: deps.resolver, context }),
  });
}

interface Deps {
  readonly resolver: Resolver;
  readonly context: ProbeContext;
}

async function probeGrpc(request: ProbeRequest, options: GrpcOptions, { resolver, context }: Deps) {
  const { metrics, signal } = context;
  reportNothingYet(metrics);
  context.notes.expects(describeExpectations);
  const target = readTarget(request.target, options);
  noteMetadata(options.metadata, context.secrets);
  await options.tls.prepare(signal);
  const phases = new PhaseClock<GrpcPhase>(context);
  const { address } = await phases.time('resolve', () =>
    resolveTarget({ scheme: 'grpc', ...target }, options.addresses, { resolver, context }),
  );
  reportNoServingStatus(metrics);
  const seen: { tls?: TlsFacts } = {};
  try {
    const onTls = (tls: TlsFacts): void => void (seen.tls = tls);
    context.notes.dials(request.target, joinHostPort(address, target.port));
    const way = { address, policy: context.policy, signal, phases, onTls };
    const outcome = await checkHealth(target, options, way).catch((error: unknown) => {
      reportStatusCode(metrics, statusOfFailure(error, signal));
      throw error;
    });
    reportOutcome(metrics, outcome, options.withTls);
    context.marks.enter('check');
    const failure = judgeOutcome(outcome);
    if (failure !== undefined) throw failure;
  } finally {
    reportPhases(metrics, phases);
    if (seen.tls !== undefined) showTls(seen.tls, options.tls.serverName ?? target.host, context);
  }
}

function showTls(facts: TlsFacts, serverName: string, { metrics, notes }: ProbeContext): void {
  reportTls(metrics, facts);
  noteTls(facts, serverName, notes);
}

function readTarget(text: string, { withTls }: GrpcOptions): GrpcTarget {
  try {
    return parseGrpcTarget(text, withTls ? 443 : 80);
  } catch (error) {
    throw new ProbeFailure('setup', 'invalid_target', 'Could not parse target URL', { err: textOf(error) });
  }
}

interface CheckContext {
  readonly address: string;
  readonly policy: TargetPolicy;
  readonly signal: AbortSignal;
  readonly phases: PhaseClock<GrpcPhase>;
  readonly onTls: (facts: TlsFacts) => void;
}

/** Connects to the address and makes the call. Rejects with a ProbeFailure. */
async function checkHealth(target: GrpcTarget, options: GrpcOptions, context: CheckContext): Promise<GrpcOutcome> {
  const { address, policy, signal, phases } = context;
  const { metadata, tls, withTls, userAgent, message } = options;
  if ('problem' in metadata) {
    throw new ProbeFailure('setup', 'invalid_request', CANNOT_CONNECT, { err: metadata.problem });
  }
  const serverName = tls.serverName ?? target.host;
  const asked = { scheme: 'grpc' as const, host: target.host, policy };
  const plan = { address, port: target.port, asked, serverName, tls: withTls ? tls : undefined };
  const socket = await dialGrpc(plan, context);
  const call = {
    scheme: withTls ? ('https' as const) : ('http' as const),
    // The name that TLS verifies is also the authority of the request, as in grpc-go.
    authority: options.authority ?? (withTls ? serverName : target.endpoint),
    path: HEALTH_CHECK,
    userAgent,
    metadata: metadata.headers,
    message,
  };
  const reply = await phases
    .time('check', () => callUnary(socket, call, signal), 'processing')
    .catch((error: unknown) => {
      throw stepFailure(error, { phase: 'processing', signal, message: CANNOT_CONNECT });
    });
  return readReply(reply);
}

/** The status that grpc-go gives a call without an answer. */
function statusOfFailure(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) return ranOutOfTime(signal) ? GRPC.DEADLINE_EXCEEDED : GRPC.CANCELLED;
  return error instanceof ProbeFailure && error.reason === 'invalid_request' ? GRPC.INTERNAL : GRPC.UNAVAILABLE;
}
