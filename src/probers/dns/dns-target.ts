import { joinHostPort, parsePort, splitHostPort } from '../../net/host-port.js';
import { ProbeFailure } from '../../probe/failure.js';
import { textOf } from '../../probe/error-text.js';
import type { DnsTransport } from './dns-options.js';

/** The server that a target names. */
export interface DnsTarget {
  readonly host: string;
  /** As written: a number or the name of a service. */
  readonly port: string;
  /** Of a target that is a URL; the module's otherwise. */
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
 * `host:port`, or as in upstream anything else as a host with the transport's own port (so `::1` is an address, `[::1]` a name that
 * nobody has). For DNS over HTTPS a URL will do, too. Throws ProbeFailure for a URL that is none.
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

/** The number of a target's port; throws ProbeFailure for a name that no service has, and for 0. */
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

/** The Host header (or `:authority`) for a target. */
export function authorityOf({ host, port }: DnsTarget): string {
  return port === DEFAULT_PORTS.https ? joinHostPort(host, '').replace(/:$/, '') : joinHostPort(host, port);
}
