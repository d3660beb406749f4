import { domainToASCII } from 'node:url';
import { LONGEST_NAME_READ } from '../../values/address/ascii-name.js';
import { parseIpAddress } from '../../values/address/ip-address.js';
import type { AddressBytes } from './address-block.js';

/** The host of a target, in any notation. */
export type AskedHost =
  | { readonly kind: 'address'; readonly bytes: AddressBytes }
  /** A name in lower case and in ASCII, without a final dot. */
  | { readonly kind: 'name'; readonly name: string }
  /** No valid name or address. Other programs may interpret it in unknown ways. */
  | { readonly kind: 'unclear' };

/** What may be any host. */
export const UNCLEAR: AskedHost = { kind: 'unclear' };

/** The longest name in text form (RFC 1035, section 2.3.4). */
const LONGEST_NAME = 253;

/** Characters that end the host of a URL, or that a URL parser removes. */
const NO_HOST = /[/?#\\\t\r\n]/;

/**
 * Reads a host in any notation that some client takes for an address: `2130706433`, `0x7f.1`, `0177.0.0.1`, `127.1`,
 * digits of other scripts (WHATWG URL, host parsing), brackets, zones and a final dot. International names become
 * ASCII.
 */
export function readAskedHost(text: string): AskedHost {
  if (text.length > LONGEST_NAME_READ || NO_HOST.test(text)) return UNCLEAR;
  const bare = withoutDots(text.replace(/^\[(.*)\]$/s, '$1'));
  const literal = parseIpAddress(bare);
  if (literal !== undefined) return { kind: 'address', bytes: literal.bytes };
  const name = withoutDots(domainToASCII(bare));
  if (name.length > LONGEST_NAME) return UNCLEAR;
  const written = parseIpAddress(name);
  if (written !== undefined) return { kind: 'address', bytes: written.bytes };
  return name.split('.').includes('') ? UNCLEAR : { kind: 'name', name };
}

/** Some clients drop all dots at the end. */
function withoutDots(host: string): string {
  let end = host.length;
  while (host[end - 1] === '.') end -= 1;
  return host.slice(0, end);
}

/** Reads the `hostname` parameter, which may have a port as a Host header has. */
export function readNamedHost(text: string): AskedHost {
  return readAskedHost(text.replace(/^([^:]*|\[.*\]):[0-9]*$/s, '$1'));
}
