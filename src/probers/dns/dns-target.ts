import { joinHostPort, parsePort, portOrNone, splitHostPort } from '../../net/host-port.js';
import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { DnsTransport } from './dns-options.js';

/** The server that a target names. */
export interface DnsTarget {
  readonly host: string;
  /** The port as written: a number or the name of a service. */
  readonly port: string;
  /** The path of a target that is a URL; undefined means the module's. */
  readonly path?: string;
}

const DEFAULT_PORTS: Readonly<Record<DnsTransport['kind'], string>> = {
  udp: '53',
  tcp: '53',
  tls: '853',
  'tls-over-udp': '853',
  https: '443',
  unknown: '53',
};

/**
 * Parses `host:port`. Like upstream, it takes anything else as a host with the transport's default port, so `::1` is an
 * address and `[::1]` a name that does not exist. For DNS over HTTPS the target may also be a URL. Throws ProbeFailure
 * for an invalid URL.
 */
export function readDnsTarget(target: string, kind: DnsTransport['kind']): DnsTarget {
  if (kind === 'https' && /^https:\/\//i.test(target)) return readUrl(target);
  try {
    return splitHostPort(target);
  } catch {
    return { host: target, port: DEFAULT_PORTS[kind] };
  }
}

function readUrl(target: string): DnsTarget {
  if (!URL.canParse(target)) {
    throw new ProbeFailure('setup', 'invalid_target', 'Could not parse target URL', { err: `invalid URL: ${target}` });
  }
  const { hostname, port, pathname, search } = new URL(target);
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? DEFAULT_PORTS.https : port, path: pathname + search };
}

/** Returns the number of a target's port. Throws ProbeFailure for an unknown service and for 0. */
export function portNumber({ port }: DnsTarget, message: string): number {
  let number: number;
  try {
    number = parsePort(port);
  } catch (error) {
    throw new ProbeFailure('setup', 'invalid_target', message, { err: textOf(error) });
  }
  if (number === 0) throw new ProbeFailure('setup', 'invalid_target', message, { err: 'nobody listens at port 0' });
  return number;
}

/** Returns the number of a target's port, or undefined if it has none that is known. */
export function knownPort({ port }: DnsTarget): number | undefined {
  return portOrNone(port);
}

/** Returns the Host header (or `:authority`) for a target. */
export function authorityOf({ host, port }: DnsTarget): string {
  return port === DEFAULT_PORTS.https ? joinHostPort(host, '').replace(/:$/, '') : joinHostPort(host, port);
}
