import { joinHostPort } from '../../net/host-port.js';
import { ProbeFailure } from '../../probe/failure.js';
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
    if (pattern.length <= LONGEST_PATTERN) return matcher(pattern.toLowerCase());
    throw new ConfigError(`a pattern has at most ${LONGEST_PATTERN} characters`, ['credentials_for', index]);
  });
  return (target) => {
    if (!hasCredentials) return;
    const names = namesOf(target);
    if (matchers.some((matches) => names.some(matches))) return;
    throw new ProbeFailure('setup', 'credentials_refused', 'The target may not receive the credentials of the module', {
      target: shownTarget(target),
      err: 'credentials_for of the module has no pattern that matches the target',
    });
  };
}

/** A final dot only says that a name is complete. */
function namesOf(target: ServerTarget): readonly string[] {
  if (target.kind === 'unix') return [target.path.toLowerCase()];
  const host = target.host.toLowerCase().replace(/\.$/, '');
  return [host, joinHostPort(host, target.port)];
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
