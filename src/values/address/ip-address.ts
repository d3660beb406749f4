import net from 'node:net';
import { fnv1a } from '../codec/fnv1a.js';

/** An IPv4 or IPv6 address as text and as bytes. An IPv4-mapped IPv6 address counts as IPv4, as in Go. */
export interface IpAddress {
  readonly family: 4 | 6;
  /** The address without brackets, and with the zone if there is one. */
  readonly text: string;
  /** 4 or 16 bytes, the zone left out. */
  readonly bytes: Uint8Array;
}

/** Reads an address in the usual notations; undefined for anything else (names, `127.1`, `0127.0.0.1`, `[::1]`). */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!isIpAddress(text)) return undefined;
  return text.includes(':') ? fromIpv6(text) : { family: 4, text, bytes: parseIpv4(text) };
}

/** Whether `text` is an address; quick to say no to a name, for which Node runs an expensive pattern. */
export function isIpAddress(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  const endsInDigit = last >= 0x30 && last <= 0x39;
  return (endsInDigit || text.includes(':')) && net.isIP(text) !== 0;
}

function parseIpv4(text: string): Uint8Array {
  const [a, b, c, d] = text.split('.');
  return Uint8Array.of(Number(a), Number(b), Number(c), Number(d));
}

function fromIpv6(text: string): IpAddress {
  const bytes = parseIpv6(text.replace(/%.*/, ''));
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (!mapped) return { family: 6, text, bytes };
  const v4 = bytes.slice(12);
  return { family: 4, text: v4.join('.'), bytes: v4 };
}

function parseIpv6(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const first = parseGroups(head);
  const last = tail === undefined ? [] : parseGroups(tail);
  const bytes = new Uint8Array(16);
  bytes.set(first, 0);
  bytes.set(last, 16 - last.length);
  return bytes;
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return [...parseIpv4(group)];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The 32-bit FNV-1a hash of an address, the value of `probe_ip_addr_hash`. */
export function hashIpAddress(bytes: Uint8Array): number {
  return fnv1a(bytes);
}

/** 4 or 16 bytes as text, in the short form for IPv6 (RFC 5952); "?" and hexadecimal for any other length, as in Go. */
export function formatIpBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return `?${Buffer.from(bytes).toString('hex')}`;
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  const text = groups.join(':');
  const longest = [...`:${text}:`.matchAll(/:(?:0:){2,}/g)].map(([zeros]) => zeros).reduce(longer, '');
  if (longest === '') return text;
  const [head, tail] = splitOnce(`:${text}:`, longest);
  return `${head.slice(1)}::${tail.slice(0, -1)}`;
}

function longer(a: string, b: string): string {
  return b.length > a.length ? b : a;
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return [text.slice(0, index), text.slice(index + at.length)];
}
