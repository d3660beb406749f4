import { resolve } from 'node:path';
import { joinHostPort } from '../../net/host-port.js';
import { ProbeFailure } from '../../probe/failure.js';
import { isIpAddress } from '../../values/address/ip-address.js';
import { ConfigError } from '../../values/config-error.js';
import { type ServerTarget, shownTarget } from './server-target.js';

/** More characters than any name of a host has. */
const LONGEST_PATTERN = 300;

/** Refuses targets that may not have the credentials of a module: throws a ProbeFailure for them. */
export type CredentialGate = (target: ServerTarget) => void;

/**
 * Compiles `credentials_for`. Clients choose the target of a probe, so a module with credentials lists the targets that
 * may receive them. All others are refused before anything is dialled. Throws ConfigError.
 */
export function compileCredentialGate(patterns: readonly string[], hasCredentials: boolean): CredentialGate {
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
 * A pattern is for hosts, for addresses or for paths, by what it looks like: anybody can call a socket `x.example.com`,
 * and the owner of a domain can have a host `10.0.0.example.org`. A single star is for all of them.
 */
function targetMatcher(pattern: string): (target: ServerTarget) => boolean {
  if (pattern === '*') return () => true;
  // A path relative to the working directory is possible, but only as it stands.
  if (/[/@]/.test(pattern)) {
    const matches = matcher(pattern);
    return (target) => target.kind === 'unix' && (target.path === pattern || socketNames(target.path).some(matches));
  }
  const matches = matcher(pattern.toLowerCase());
  const isOfAddresses = looksLikeAddress(pattern);
  return (target) => {
    if (target.kind === 'unix' || (isOfAddresses && !isIpAddress(target.host))) return false;
    // A final dot only says that a name is complete.
    const host = target.host.toLowerCase().replace(/\.$/, '');
    return [host, joinHostPort(host, target.port)].some(matches);
  };
}

/** Digits, dots and stars without a letter, or the colons of IPv6; a port may follow. */
function looksLikeAddress(pattern: string): boolean {
  const host = pattern.replace(/:[\d*]*$/, '');
  return host.includes(':') || host.startsWith('[') || (/^[\d.*]*$/.test(host) && /\d/.test(host));
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
