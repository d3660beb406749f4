import { readFileSync } from 'node:fs';
import { codeOf, textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { IcmpSockets } from './icmp-sockets.js';

/** The abilities of the icmp prober on this system, as one log line. */
export interface IcmpSupport {
  /** Whether at least one family can be probed. */
  readonly ok: boolean;
  /** The kind of socket that is possible, or exactly what is missing. */
  readonly message: string;
}

const FAMILIES = [4, 6] as const;
type Family = (typeof FAMILIES)[number];
type Kind = 'datagram' | 'raw';

/** Tries to open each kind of socket, and says what came of it. `procRoot` is where proc is mounted. */
export function describeIcmpSupport(sockets: IcmpSockets, procRoot: string): IcmpSupport {
  const tries = FAMILIES.map((family) => ({ family, ...tryFamily(sockets, family) }));
  const missing = tries.map(({ error }) => error).find((error) => error instanceof ProbeFailure);
  if (missing !== undefined) return { ok: false, message: `icmp probes will fail: ${String(missing.fields['err'])}` };
  const usable = tries.filter(({ kind }) => kind !== undefined);
  if (usable.length === 0) return { ok: false, message: `icmp probes will fail: ${whatIsMissing(tries, procRoot)}` };
  const can = usable.map(({ family, kind }) => `IPv${family} by ${kind ?? ''} sockets`).join(', ');
  const cannot = tries.filter(({ kind }) => kind === undefined);
  const rest = cannot.map(({ family, error }) => `; no IPv${family} (${textOf(error)})`).join('');
  return { ok: true, message: `icmp probes: ${can}${rest}` };
}

interface Try {
  /** Undefined if neither kind can be had. */
  readonly kind: Kind | undefined;
  /** Why the last kind that was tried cannot be had. */
  readonly error?: Error;
}

function tryFamily(sockets: IcmpSockets, family: Family): Try {
  const options = { family, ttl: 0, dontFragment: false, source: '' };
  if (sockets.tryToOpen({ ...options, raw: false }) === undefined) return { kind: 'datagram' };
  const error = sockets.tryToOpen({ ...options, raw: true });
  return error === undefined ? { kind: 'raw' } : { kind: undefined, error };
}

function whatIsMissing(tries: readonly Try[], procRoot: string): string {
  const [{ error } = {}] = tries;
  if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'EACCES') return textOf(error);
  const range = readLine(`${procRoot}/sys/net/ipv4/ping_group_range`);
  const groups = groupsOfProcess(procRoot);
  const unprivileged =
    range === undefined
      ? 'net.ipv4.ping_group_range cannot be read'
      : `none of its groups (${groups}) is within net.ipv4.ping_group_range (${range.trim().replace(/\s+/g, ' ')})`;
  return `the process has no CAP_NET_RAW, and ${unprivileged}; widen that range (sysctl -w net.ipv4.ping_group_range="0 2147483647") or grant the capability`;
}

function groupsOfProcess(procRoot: string): string {
  const status = readLine(`${procRoot}/self/status`) ?? '';
  // Gid has four: real, effective, saved, of the file system. The effective one counts, and the supplementary ones.
  const [, , effective = '?'] = /^Gid:\s+(\d+)\s+(\d+)/m.exec(status) ?? [];
  const [, others = ''] = /^Groups:(.*)$/m.exec(status) ?? [];
  return [...new Set([effective, ...others.split(/\s+/).filter(Boolean)])].join(' ');
}

function readLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
