import { codeOf, textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import { ranOutOfTime } from '../../probe/probe-abort.js';
import { stepFailure } from '../../probe/step-failure.js';
import { type IcmpError, meaningOf } from './icmp-error.js';
import type { EchoObservation } from './icmp-exchange.js';
import type { IcmpOptions } from './icmp-options.js';

/** Why too few replies came; undefined if there are enough. */
export function judgeEchoes(
  observation: EchoObservation,
  { minReplies, count }: IcmpOptions,
  signal: AbortSignal,
): ProbeFailure | undefined {
  const { replies, sent, icmpError, sendError } = observation;
  if (signal.aborted && !ranOutOfTime(signal)) return cancelled(signal);
  if (replies.length >= minReplies) return undefined;
  if (icmpError !== undefined) return refused(icmpError);
  if (sendError !== undefined) return sendFailure(sendError, signal);
  if (replies.length === 0) {
    return new ProbeFailure('rtt', 'response_timeout', 'Timeout reading from socket', { err: textOf(signal.reason) });
  }
  const fields = { received: replies.length, sent, count, min_replies: minReplies };
  return new ProbeFailure('rtt', 'icmp_replies_missing', 'Too few echo replies', fields);
}

function cancelled(signal: AbortSignal): ProbeFailure {
  return stepFailure(signal.reason, { phase: 'rtt', signal, message: 'Error reading from socket' });
}

function refused(error: IcmpError): ProbeFailure {
  const { reason, text } = meaningOf(error);
  const { type, code, offender, mtu } = error;
  return new ProbeFailure('rtt', reason, 'ICMP error received', {
    err: text,
    type,
    code,
    ...(offender !== '' && { from: offender }),
    ...(mtu !== undefined && reason === 'packet_too_big' && { mtu }),
  });
}

/** The failure for a packet that the system refuses to send. */
function sendFailure(error: Error, signal: AbortSignal): ProbeFailure {
  const message = 'Error writing to socket';
  if (codeOf(error) === 'EMSGSIZE') return new ProbeFailure('rtt', 'packet_too_big', message, { err: textOf(error) });
  return stepFailure(error, { phase: 'rtt', signal, message, otherwise: 'network_error' });
}
