import { domainToASCII } from 'node:url';
import { parseIpAddress } from '../../values/address/ip-address.js';
import type { AddressBytes } from './address-block.js';

/** What a host in a target is, however it is written. */
export type AskedHost =
  | { readonly kind: 'address'; readonly bytes: AddressBytes }
  /** In lower case and in ASCII, without a final dot. */
  | { readonly kind: 'name'; readonly name: string }
  /** Nothing that a name server could be asked for. What others take it for is unknown. */
  | { readonly kind: 'unclear' };

const UNCLEAR: AskedHost = { kind: 'unclear' };

/** Longer than any name, in any encoding of it. */
const LONGEST_HOST = 1024;

/**
 * Reads a host in any notation that some client takes for an address: `2130706433`, `0x7f.1`, `0177.0.0.1`, `127.1`,
 * digits of other scripts (WHATWG URL, host parsing), brackets, zones and a final dot. International names become
 * ASCII.
 */
export function readAskedHost(text: string): AskedHost {
  if (text.length > LONGEST_HOST) return UNCLEAR;
  const bare = text.replace(/^\[(.*)\]$/s, '$1').replace(/\.$/, '');
  const literal = parseIpAddress(bare);
  if (literal !== undefined) return { kind: 'address', bytes: literal.bytes };
  const name = domainToASCII(bare).replace(/\.$/, '');
  const written = parseIpAddress(name);
  if (written !== undefined) return { kind: 'address', bytes: written.bytes };
  return name.split('.').includes('') ? UNCLEAR : { kind: 'name', name };
}

/** Reads the `hostname` parameter, which may have a port as a Host header has. */
export function readNamedHost(text: string): AskedHost {
  return readAskedHost(text.replace(/^([^:]*|\[.*\]):[0-9]*$/s, '$1'));
}
