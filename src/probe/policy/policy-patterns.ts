import { posix } from 'node:path';
import { domainToASCII } from 'node:url';
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
  // In ASCII the characters of such a label change their places, so that a star would stand for others.
  const isMixed = name.split('.').some((label) => label.startsWith('xn--') && label.includes('*'));
  if (isMixed && !pattern.toLowerCase().includes('xn--')) {
    throw new Error('a star cannot stand beside letters that are not ASCII; write it for whole labels: *.example.com');
  }
  if (pattern.length > LONGEST_PATTERN || !/^[a-z0-9_.*-]+$/.test(name)) {
    throw new Error('this is no host name; write it as example.com or *.example.com');
  }
  return compileStars(name);
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
  return compileStars(pattern);
}

/**
 * A pattern whose only wildcard is `*`. A hostile name is judged by a thousand patterns, together with the names that
 * it leads to: so the parts between the stars are searched for by V8, a hundred times faster than by single characters.
 */
function compileStars(pattern: string): PatternMatcher {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of others) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
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
