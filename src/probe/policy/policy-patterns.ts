import { posix } from 'node:path';
import { domainToASCII } from 'node:url';
import { globMatcher } from '../../values/glob.js';
import { readAskedHost } from './asked-host.js';

/** Whether a text is what a pattern means. */
export type PatternMatcher = (text: string) => boolean;

const LONGEST_PATTERN = 256;

/**
 * Compiles a pattern of host names, such as `*.example.com`: `*` matches any characters, also dots. Letter case and a
 * final dot do not matter. Throws an Error that says what would be right.
 */
export function compileHostPattern(pattern: string): PatternMatcher {
  const name = domainToASCII(pattern).replace(/\.$/, '');
  if (/[[\]:/]/.test(pattern) || (!pattern.includes('*') && readAskedHost(pattern).kind === 'address')) {
    throw new Error('host patterns are for names; write addresses and blocks below `addresses`, ports below `ports`');
  }
  if (/^[0-9.*]+$/.test(pattern) && /[0-9]/.test(pattern)) {
    throw new Error('host patterns are for names; write a block such as 10.0.0.0/8 below `addresses`');
  }
  if (pattern.length > LONGEST_PATTERN || !/^[a-z0-9_.*-]+$/.test(name)) {
    throw new Error('this is no host name; write it as example.com or *.example.com');
  }
  return compileGlob(name);
}

/**
 * Compiles a pattern of paths of unix sockets, such as `/run/*.sock`, or `@name` for abstract sockets: `*` matches any
 * characters, also slashes. Throws an Error that says what would be right.
 */
export function compilePathPattern(pattern: string): PatternMatcher {
  const begins = /^[/@*]/.test(pattern);
  if (!begins || /[\0[\]?\\]/.test(pattern) || pattern.length > LONGEST_PATTERN) {
    throw new Error('write an absolute path such as /run/*.sock, @name for an abstract socket, or * for any');
  }
  if (pattern.startsWith('/') && posix.normalize(pattern) !== pattern) {
    throw new Error(`write the path without detours: ${posix.normalize(pattern)}`);
  }
  return compileGlob(pattern);
}

/** A pattern with stars; a shell's rule for hidden names has no meaning here, and no text begins with a slash twice. */
function compileGlob(pattern: string): PatternMatcher {
  const matches = globMatcher(`/${pattern}`);
  return (text) => matches(`/${text}`);
}

/** The first and the last port of a range. */
export type PortRange = readonly [from: number, to: number];

/** Parses `443` or `8000-8999`. Throws an Error that says what would be right. */
export function parsePortRange(text: string): PortRange {
  const [, first = '', last = first] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text) ?? [];
  const range = [Number(first), Number(last)] as const;
  if (first === '' || range[1] > 65535 || range[0] > range[1]) {
    throw new Error('write a port as 443, or a range of them as 8000-8999, up to 65535');
  }
  return range;
}
