import { ProbeFailure } from '../../probe/failure.js';
import { CANNOT_CONNECT } from './grpc-dial.js';
import type { GrpcOutcome } from './grpc-outcome.js';
import { grpcStatusName } from './grpc-status.js';

/** Returns why the outcome of a health check is a failure, or undefined if the service is SERVING. */
export function judgeOutcome(outcome: GrpcOutcome): ProbeFailure | undefined {
  if ('servingStatus' in outcome) {
    const { servingStatus } = outcome;
    if (servingStatus === 'SERVING') return undefined;
    return new ProbeFailure('check', 'grpc_not_serving', 'Service is not serving', { serving_status: servingStatus });
  }
  const { code, reason, message, answered } = outcome;
  const err = `rpc error: code = ${grpcStatusName(code)} desc = ${message}`;
  return new ProbeFailure(answered ? 'check' : 'processing', reason, CANNOT_CONNECT, { err, status_code: code });
}
