import { isIpAddress } from '../../values/address/ip-address.js';
import { parseGoDuration } from '../../values/duration.js';
import type { RawParam } from '../../values/raw-config.js';

/** Says what a value must be, or undefined if it is that. */
export type ValueCheck = (value: string) => string | undefined;

const INTEGER = /^(?:0|-?[1-9]\d{0,15})$/;
const NUMBER = /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?$/;
const LONGEST_HOST = 253;

/** The check of each type's values, apart from the bounds that the parameter itself declares. */
export const TYPE_CHECKS: Readonly<Record<RawParam['type'], ValueCheck>> = {
  string: () => undefined,
  enum: () => undefined,
  integer: (value) => unless(INTEGER.test(value) && Number.isSafeInteger(Number(value)), 'a whole number such as 200'),
  number: (value) => unless(NUMBER.test(value), 'a number such as 1.5'),
  boolean: (value) => unless(value === 'true' || value === 'false', 'true or false'),
  host: (value) => unless(isHost(value), 'a host name or an address'),
  port: (value) => unless(/^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65535, 'a port from 1 to 65535'),
  duration: (value) => unless(isDuration(value), 'a duration longer than 0s, such as 5s or 500ms'),
  path: (value) =>
    unless(value.startsWith('/') && !hasDotSegment(value), 'a path that begins with / and has no . or .. in it'),
};

/** Whether a text is a host name or an address, the latter also in brackets. */
export function isHost(text: string): boolean {
  return (
    isIpAddress(text.replace(/^\[(.*)\]$/, '$1')) || (text.length <= LONGEST_HOST && /^[\p{L}\p{N}_.-]+$/u.test(text))
  );
}

/** Whether a text is what a Host header may say: a host, perhaps with a port. */
export function isHostAndPort(text: string): boolean {
  const [, host = text] = /^(.*[^:]):\d{1,5}$/.exec(text) ?? [];
  return isHost(text) || isHost(host);
}

/** Whether a path has a segment that servers take for a step to another one, also encoded (RFC 3986, 5.2.4). */
export function hasDotSegment(path: string): boolean {
  return path.split(/[/\\]|%2f|%5c/i).some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}

function isDuration(text: string): boolean {
  try {
    return parseGoDuration(text) > 0;
  } catch {
    return false;
  }
}

function unless(isRight: boolean, right: string): string | undefined {
  return isRight ? undefined : right;
}
