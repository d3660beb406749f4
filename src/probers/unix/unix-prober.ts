import type { Socket } from 'node:net';
import { connectUnix } from '../../net/connect-unix.js';
import { codeOf } from '../../probe/error-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { RawUnix } from '../../values/raw-config.js';
import {
  compileStreamOptions,
  converse,
  reportStreamPhases,
  type StreamDeps,
  streamDurationGauge,
  type StreamOptions,
  type StreamPhase,
} from '../query-response/stream-session.js';

/** The dependencies of the unix prober. */
export type UnixProberDeps = StreamDeps;

const durationSeconds = streamDurationGauge('unix');
const DIAL_FAILED = 'Error dialing unix';

/** Connects to a unix socket by its path, with TLS if asked to, and has a dialogue there. */
export function unixProber(deps: UnixProberDeps): Prober<'unix'> {
  return defineProber<'unix', RawUnix, StreamOptions>({
    name: 'unix',
    compile: (raw) => compileStreamOptions(raw, deps),
    probe: probeUnix,
  });
}

async function probeUnix(request: ProbeRequest, options: StreamOptions, context: ProbeContext): Promise<void> {
  const { target, hostname = '' } = request;
  const path = readPath(target);
  const phases = new PhaseClock<StreamPhase>(context);
  try {
    if (options.tlsAtOnce) await options.tls.prepare(context.signal);
    context.log.debug(options.tlsAtOnce ? 'Dialing unix with TLS' : 'Dialing unix without TLS');
    context.notes.dials(target, target);
    const socket = await phases.time('connect', () => dial(path, target, context));
    const serverName = hostname === '' ? nameOf(target) : hostname;
    await converse(socket, options, { context, phases, serverName, dialFailed: DIAL_FAILED });
  } finally {
    reportStreamPhases(context.metrics, phases, durationSeconds);
  }
}

/** The longest path in sockaddr_un without the NUL at its end, in bytes (unix(7)). */
const LARGEST_PATH_BYTES = 107;

/** Returns the path; a leading @ stands for the NUL of Linux' abstract sockets, as in Go. */
function readPath(target: string): string {
  const err = target.includes('\0')
    ? 'a path cannot have a NUL in it; write @name for an abstract socket'
    : Buffer.byteLength(target) > LARGEST_PATH_BYTES
      ? `the path has more than ${LARGEST_PATH_BYTES} bytes`
      : undefined;
  if (err !== undefined) throw new ProbeFailure('setup', 'invalid_target', DIAL_FAILED, { err });
  return target.startsWith('@') ? `\0${target.slice(1)}` : target;
}

/**
 * Upstream takes the path, up to its last colon, for the name of the server; no certificate is for such a name, so
 * modules give one.
 */
function nameOf(target: string): string {
  const colon = target.lastIndexOf(':');
  return colon < 0 ? target : target.slice(0, colon);
}

/** The failure reasons of connecting to a unix socket. */
const REASON_OF_CODE: ReadonlyMap<string, FailureReason> = new Map(
  Object.entries<FailureReason>({
    ENOENT: 'connection_refused',
    ENOTDIR: 'connection_refused',
    EPROTOTYPE: 'invalid_target',
  }),
);

async function dial(path: string, target: string, { policy, signal }: ProbeContext): Promise<Socket> {
  try {
    return await connectUnix(path, { policy, signal });
  } catch (error) {
    const failure = stepFailure(error, {
      phase: 'connect',
      signal,
      message: DIAL_FAILED,
      fields: { path: target },
      timedOut: `dial unix ${target}: i/o timeout`,
    });
    const reason = signal.aborted ? undefined : REASON_OF_CODE.get(codeOf(error) ?? '');
    return Promise.reject(
      reason === undefined ? failure : new ProbeFailure('connect', reason, DIAL_FAILED, failure.fields),
    );
  }
}
