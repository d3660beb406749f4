import net, { type Socket } from 'node:net';
import { joinHostPort } from '../../net/host-port.js';
import type { SocketReader } from '../../net/socket-reader.js';
import type { Secret } from '../../values/secret.js';
import { proxyDialogue, proxyRefused, readOn } from './http-proxy-dialogue.js';

/** The destination for a SOCKS5 proxy (RFC 1928), and the login. */
export interface SocksOptions {
  /** A name, which the proxy resolves, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly userinfo?: { readonly username: string; readonly password: Secret };
  readonly signal: AbortSignal;
}

const VERSION = 5;
/** The version of the dialogue with a user's name and password (RFC 1929). */
const LOGIN_VERSION = 1;
const COMMAND_CONNECT = 1;
const METHOD = { none: 0, usernamePassword: 2 } as const;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** The meaning of each reply code (RFC 1928 §6), in Go's words. The index is the code. */
const REPLIES: readonly string[] = [
  'succeeded',
  'general SOCKS server failure',
  'connection not allowed by ruleset',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
];

/**
 * Asks the SOCKS5 proxy at the other end of `socket` for a connection (RFC 1928, with RFC 1929 for users).
 * Rejects with a ProbeFailure of the phase proxy and destroys the socket then.
 */
export function openSocksTunnel<S extends Socket>(socket: S, options: SocksOptions): Promise<S> {
  const { host, port, signal } = options;
  // A socket that has ended no longer knows its addresses.
  const { remoteAddress = '', remotePort = 0 } = socket;
  const way = `${joinHostPort(remoteAddress, remotePort)}->${joinHostPort(host, port)}`;
  return proxyDialogue(socket, signal, async (reader) => {
    try {
      await talk(socket, reader, options);
    } catch (error) {
      if (!(error instanceof SocksRefusal)) throw error;
      throw proxyRefused(`socks connect tcp ${way}: ${error.message}`);
    }
  });
}

/** The proxy refuses, or what it says is no SOCKS5; in Go's words. */
class SocksRefusal extends Error {
  override readonly name = 'SocksRefusal';
}

async function talk(socket: Socket, reader: SocketReader, { host, port, userinfo }: SocksOptions): Promise<void> {
  const methods = userinfo === undefined ? [METHOD.none] : [METHOD.none, METHOD.usernamePassword];
  socket.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method] = await readExactly(reader, 2);
  if (version !== VERSION) throw new SocksRefusal(`unexpected protocol version ${version ?? 0}`);
  if (method === METHOD.usernamePassword && userinfo !== undefined) {
    socket.write(authentication(userinfo.username, userinfo.password.reveal()));
    const [loginVersion, verdict] = await readExactly(reader, 2);
    if (loginVersion !== LOGIN_VERSION) throw new SocksRefusal('invalid username/password version');
    if (verdict !== 0) throw new SocksRefusal('username/password authentication failed');
  } else if (method !== METHOD.none) {
    throw new SocksRefusal('no acceptable authentication methods');
  }
  socket.write(Buffer.concat([Uint8Array.of(VERSION, COMMAND_CONNECT, 0), addressBytes(host), portBytes(port)]));
  await readReply(reader);
}

async function readReply(reader: SocketReader): Promise<void> {
  const [version, reply = 0, reserved, kind] = await readExactly(reader, 4);
  if (version !== VERSION) throw new SocksRefusal(`unexpected protocol version ${version ?? 0}`);
  if (reply !== 0) throw new SocksRefusal(`unknown error ${REPLIES[reply] ?? `unknown code: ${reply}`}`);
  if (reserved !== 0) throw new SocksRefusal('non-zero reserved field');
  // The address that the proxy connects from is of no interest, but it has to be read.
  await readExactly(reader, (await boundAddressBytes(reader, kind)) + 2);
}

async function boundAddressBytes(reader: SocketReader, kind: number | undefined): Promise<number> {
  if (kind === ADDRESS.ipv4) return 4;
  if (kind === ADDRESS.ipv6) return 16;
  if (kind !== ADDRESS.name) throw new SocksRefusal(`unknown address type ${kind ?? 0}`);
  const [length = 0] = await readExactly(reader, 1);
  return length;
}

/** Reads exactly `length` bytes; data after them stays in the reader. */
async function readExactly(reader: SocketReader, length: number): Promise<Buffer> {
  let bytes = await readOn(reader);
  while (bytes.length < length) bytes = Buffer.concat([bytes, await readOn(reader)]);
  reader.unread(bytes.subarray(length));
  return bytes.subarray(0, length);
}

function authentication(username: string, password: string): Buffer {
  return Buffer.concat([Uint8Array.of(LOGIN_VERSION), counted(username), counted(password)]);
}

function addressBytes(host: string): Buffer {
  const family = net.isIP(host);
  if (family === 4) return Buffer.from([ADDRESS.ipv4, ...host.split('.').map(Number)]);
  if (family === 6) return Buffer.concat([Uint8Array.of(ADDRESS.ipv6), ipv6Bytes(host)]);
  return Buffer.concat([Uint8Array.of(ADDRESS.name), counted(host)]);
}

/** The sixteen bytes of an IPv6 address; the URL parser writes it in groups, without an IPv4 tail. */
function ipv6Bytes(address: string): Buffer {
  const plain = new URL(`http://[${address.split('%', 1)[0] ?? ''}]`).hostname.slice(1, -1);
  const [before = '', after] = plain.split('::');
  const head = before.split(':').filter(Boolean);
  const tail = (after ?? '').split(':').filter(Boolean);
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function portBytes(port: number): Uint8Array {
  if (port > 65_535) throw new SocksRefusal('a port is at most 65535');
  return Uint8Array.of(port >> 8, port & 0xff);
}

/** A text of at most 255 bytes, its length before it. */
function counted(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > 255) throw new SocksRefusal('a name, user or password is longer than 255 bytes');
  return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
}
