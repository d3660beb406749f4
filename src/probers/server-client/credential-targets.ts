import { isIPv4, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { joinHostPort } from '../../net/host-port.js';
import { ProbeFailure } from '../../probe/failure.js';
import { isIpAddress } from '../../values/address/ip-address.js';
import { ConfigError } from '../../values/config-error.js';
import { type ServerTarget, shownTarget } from './server-target.js';

/** More characters than any name of a host has. */
const LONGEST_PATTERN = 300;
/** More than anybody writes by hand. All are compiled, and compared with a target, in one go. */
const MOST_PATTERNS = 1000;

/** Refuses targets that may not have the credentials of a module: throws a ProbeFailure for them. */
export type CredentialGate = (target: ServerTarget) => void;

/**
 * Compiles `credentials_for`. Clients choose the target of a probe, so a module with credentials lists the targets that
 * may receive them. All others are refused before anything is dialled. Throws ConfigError.
 */
export function compileCredentialGate(patterns: readonly string[], hasCredentials: boolean): CredentialGate {
  if (patterns.length > MOST_PATTERNS) {
    throw new ConfigError(`there are more than ${MOST_PATTERNS} patterns; write stars`, ['credentials_for']);
  }
  const matchers = patterns.map((pattern, index) => {
    if (pattern.length <= LONGEST_PATTERN) return targetMatcher(pattern);
    throw new ConfigError(`a pattern has at most ${LONGEST_PATTERN} characters`, ['credentials_for', index]);
  });
  return (target) => {
    if (!hasCredentials || matchers.some((matches) => matches(target))) return;
    throw new ProbeFailure('setup', 'credentials_refused', 'The target may not receive the credentials of the module', {
      target: shownTarget(target),
      err: 'credentials_for of the module has no pattern that matches the target',
    });
  };
}

/** The pattern of `credentials_for` that means this target. */
export function credentialPattern(target: ServerTarget): string {
  if (target.kind === 'tcp') return joinHostPort(target.host, target.port);
  // Without a slash it would be the pattern of a host.
  return /[/@]/.test(target.path) ? target.path : resolve(target.path);
}

/**
 * A pattern is for names, for addresses or for paths, by what it looks like: anybody can call a socket `x.example.com`,
 * the owner of a domain can have a host `10.0.0.example.org`, and an address can have any zone, as
 * `2001:db8::7%.example.com`. A single star is for all of them, `*:port` for all names and addresses.
 */
function targetMatcher(pattern: string): (target: ServerTarget) => boolean {
  if (pattern === '*') return () => true;
  // A path relative to the working directory is possible, but only as it stands.
  if (/[/@]/.test(pattern)) {
    const matches = matcher(pattern);
    return (target) => target.kind === 'unix' && (target.path === pattern || socketNames(target.path).some(matches));
  }
  const { host, port } = hostAndPort(pattern.toLowerCase());
  const matchesHost = hostMatcher(host);
  const matchesPort = matcher(port);
  return (target) =>
    target.kind === 'tcp' && matchesPort(String(target.port)) && matchesHost(withoutDot(target.host.toLowerCase()));
}

/** The halves are compared each for itself: a star in the one stands for nothing of the other. */
function hostAndPort(pattern: string): { readonly host: string; readonly port: string } {
  const [, bracketed, ofBracketed = '*'] = /^\[([^\]]*)\](?::([^:]*))?$/.exec(pattern) ?? [];
  if (bracketed !== undefined) return { host: bracketed, port: ofBracketed };
  const [host = '', port = '*', ...more] = pattern.split(':');
  return more.length > 0 ? { host: pattern, port: '*' } : { host: withoutDot(host), port };
}

/** A final dot only says that a name is complete. */
function withoutDot(host: string): string {
  return host.replace(/\.$/, '');
}

function hostMatcher(pattern: string): (host: string) => boolean {
  if (/^\*+$/.test(pattern)) return () => true;
  const matches = matcher(pattern);
  if (/^[\d.*]+$/.test(pattern)) return (host) => isIPv4(host) && matches(host);
  if (!/[:%]/.test(pattern)) return (host) => !isIpAddress(host) && matches(host);
  // A zone can be any text with colons, so only a pattern with a zone may match by it.
  const hasZone = pattern.includes('%');
  return (host) => isIPv6(host) && matches(host) && (hasZone || matches(host.split('%', 1)[0] ?? ''));
}

/** Letter case counts in paths. Where `..` leads depends on links, so such a path has no name. */
function socketNames(path: string): readonly string[] {
  if (path.startsWith('@')) return [path];
  return path.split('/').includes('..') ? [] : [resolve(path)];
}

/** A star stands for any characters; all others for themselves. What follows a star is taken as early as it comes. */
function matcher(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (name) => name === first;
  return (name) => {
    let at = first.length;
    if (!name.startsWith(first) || name.length < at + last.length || !name.endsWith(last)) return false;
    const end = name.length - last.length;
    for (const piece of rest) {
      const found = name.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
