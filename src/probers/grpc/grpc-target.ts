import net from 'node:net';
import { joinHostPort, splitHostPort } from '../../net/host-port.js';

/** The address of a health service. */
export interface GrpcTarget {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** The form `host:port`, with an IPv6 host in brackets. */
  readonly endpoint: string;
}

/**
 * Parses `host:port`, `[v6]:port`, `host` or an IPv6 address. Like upstream, it drops a leading `http://` or
 * `https://`, a path and user information, and does not derive TLS from them. Throws an Error that says what is wrong.
 */
export function parseGrpcTarget(target: string, defaultPort: number): GrpcTarget {
  if (/[\u0000-\u0020\u007f]/.test(target)) throw new Error('invalid character in target');
  const authority = target.replace(/^https?:\/\//, '').replace(/[/?#].*/, '');
  const { host, port } = splitAuthority(authority.slice(authority.lastIndexOf('@') + 1));
  if (host === '') throw new Error('no host in target');
  if (!/^[0-9]{0,5}$/.test(port)) throw new Error(`invalid port ":${port}" after host`);
  const number = port === '' ? defaultPort : Number(port);
  if (number > 65535) throw new Error(`invalid port ":${port}" after host`);
  return { host, port: number, endpoint: joinHostPort(host, number) };
}

function splitAuthority(authority: string): { readonly host: string; readonly port: string } {
  if (net.isIPv6(authority)) return { host: authority, port: '' };
  const bracketed = /^\[([^\]]*)\]$/.exec(authority)?.[1];
  if (bracketed !== undefined) return { host: bracketed, port: '' };
  return authority.includes(':') ? splitHostPort(authority) : { host: authority, port: '' };
}
