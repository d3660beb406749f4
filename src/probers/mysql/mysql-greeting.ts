import { malformed } from './mysql-packets.js';

/** The first message of a server (MySQL internals, HandshakeV10). */
export interface Greeting {
  readonly speaksTls: boolean;
  /** The authentication plugin that the server prefers. */
  readonly plugin: string;
  /** The challenge for the proof, 20 bytes. */
  readonly scramble: Buffer;
}

const PROTOCOL = 10;
/** The longest version that is read, in bytes: more than any server has. */
const LONGEST_VERSION = 256;
const LONGEST_PLUGIN = 64;
/**
 * The fields after the version: thread, scramble, filler, capabilities, character set, status, capabilities, length,
 * rest.
 */
const FIXED_BYTES = 31;
const LOWER = 13;
const UPPER = 18;
const LENGTH = 20;

/** Capabilities (MySQL internals, Capability Flags). */
const PROTOCOL_41 = 0x0000_0200;
const TLS = 0x0000_0800;
const SECURE_CONNECTION = 0x0000_8000;
const PLUGIN_AUTH = 0x0008_0000;
const NEEDED = PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH;

/**
 * Reads the payload of a greeting. Throws a ProbeFailure for one that is not built as the protocol says, or that is of
 * a server from before MySQL 5.5.7.
 */
export function readGreeting(payload: Buffer): Greeting {
  if (payload[0] !== PROTOCOL) throw malformed('a greeting of another protocol');
  const at = payload.indexOf(0, 1) + 1;
  if (at === 0 || at > LONGEST_VERSION) throw malformed('a version that does not end');
  if (payload.length < at + FIXED_BYTES) throw malformed('a greeting that is cut off');
  const flags = (payload.readUInt16LE(at + LOWER) | (payload.readUInt16LE(at + UPPER) << 16)) >>> 0;
  if ((flags & NEEDED) !== NEEDED) throw malformed('a server that is too old to log in at');
  const pluginAt = at + FIXED_BYTES + Math.max(13, (payload[at + LENGTH] ?? 0) - 8);
  const pluginEnd = payload.indexOf(0, pluginAt);
  if (pluginEnd === -1 || pluginEnd - pluginAt > LONGEST_PLUGIN) throw malformed('a greeting without its end');
  const rest = at + FIXED_BYTES;
  return {
    speaksTls: (flags & TLS) !== 0,
    plugin: payload.toString('latin1', pluginAt, pluginEnd),
    scramble: Buffer.concat([payload.subarray(at + 4, at + 12), payload.subarray(rest, rest + 12)]),
  };
}
