import { loopTurns } from '../../../values/loop-turns.js';
import { malformed } from '../mysql-packets.js';
import type { Said } from '../packet-gate.js';
import { ed25519Proof } from './ed25519-proof.js';
import { type AuthMethod, checkKeyIsTaken, firstMethod, type LoginRules, otherMethod } from './login-rules.js';
import { clearPassword, nativeProof, sealedPassword, sha2Proof } from './proofs.js';

/** The user who logs in, and the rules of the log-in. */
export interface Credentials extends LoginRules {
  readonly user: string;
  readonly password: string;
  /** Whether the connection is already protected by TLS. */
  readonly hasTls: boolean;
}

/** The way packets go to a server, and its messages come back. */
export interface LoginChannel {
  /** Sends the payload of the next packet. */
  readonly send: (payload: Buffer) => void;
  /** The next complete message of the server. Rejects with a ProbeFailure for an error. */
  readonly said: () => Promise<Said>;
}

/** Capabilities of the client (MySQL internals, Capability Flags). */
export const CLIENT_FLAGS = 0x0008_a205;
/** The capability that is added over TLS. */
export const TLS_FLAG = 0x0000_0800;
/** UTF-8. */
export const CHARACTER_SET = 45;
const LARGEST_ANSWER = 16 * 1024 * 1024;
/** The bytes after flags and size: character set, and 23 zeros. */
const FIXED_BYTES = 32;

/** Proves who the user is, as the server wants it. Rejects with a ProbeFailure. */
export async function logIn(credentials: Credentials, { send, said }: LoginChannel): Promise<void> {
  const first = await said();
  if (first.kind !== 'greeting') throw malformed('no greeting');
  const { plugin, scramble } = first.greeting;
  let state = { method: firstMethod(plugin, credentials), scramble, isKeyAsked: false };
  send(response(credentials, state.method, firstProof(state.method, state.scramble, credentials)));
  for (let turns = 0; ;) {
    const next = await said();
    if (next.kind === 'logged in') return;
    // Proofs take some milliseconds, and many servers may ask for them at once.
    if (loopTurns.isOver()) await loopTurns.next(turns++);
    if (next.kind === 'other plugin') {
      const method = otherMethod(next.other, credentials);
      const isKeyAsked = method === 'sha256_password' && asksForKey(credentials);
      state = { method, scramble: next.other.data, isKeyAsked };
      send(firstProof(method, state.scramble, credentials));
    } else if (next.kind === 'more') {
      const { isKeyAsked } = state;
      send(further(next.data, state, credentials));
      state = { ...state, isKeyAsked: !isKeyAsked };
    } else throw malformed('no answer to a log-in');
  }
}

/** MySQL internals, HandshakeResponse41. */
function response({ user, hasTls }: Credentials, method: AuthMethod | undefined, proof: Buffer): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.writeUInt32LE(hasTls ? CLIENT_FLAGS | TLS_FLAG : CLIENT_FLAGS);
  fixed.writeUInt32LE(LARGEST_ANSWER, 4);
  fixed[8] = CHARACTER_SET;
  // No server knows the plugin `undecided`, so it answers with the plugin that it wants for this user.
  const plugin = `${method ?? 'undecided'}\0`;
  return Buffer.concat([fixed, Buffer.from(`${user}\0`), Buffer.from([proof.length]), proof, Buffer.from(plugin)]);
}

function firstProof(method: AuthMethod | undefined, scramble: Buffer, credentials: Credentials): Buffer {
  const { password } = credentials;
  switch (method) {
    case undefined:
      return Buffer.alloc(0);
    case 'mysql_native_password':
      return nativeProof(password, scramble);
    case 'caching_sha2_password':
      return sha2Proof(password, scramble);
    case 'client_ed25519':
      return ed25519Proof(password, scramble);
    case 'sha256_password':
      return asksForKey(credentials) ? ASK_KEY_SHA256 : clearPassword(password);
    case 'mysql_clear_password':
      return clearPassword(password);
  }
}

/**
 * Whether to ask for the server's key: not over a secure connection, and not without a password. Throws a ProbeFailure
 * if the module does not allow it.
 */
function asksForKey(credentials: Credentials): boolean {
  if (credentials.isSecure || credentials.password === '') return false;
  checkKeyIsTaken(credentials);
  return true;
}

const ASK_KEY_SHA256 = Buffer.from([1]);
const ASK_KEY_CACHING = Buffer.from([2]);
/** The code of a server that does not know the proof, and wants the password itself. */
const FULL_LOGIN = 4;

interface State {
  readonly method: AuthMethod | undefined;
  readonly scramble: Buffer;
  readonly isKeyAsked: boolean;
}

/** The answer to further data of a plugin. Throws a ProbeFailure for data that nobody asked for. */
function further(data: Buffer, { method, scramble, isKeyAsked }: State, credentials: Credentials): Buffer {
  const { password, isSecure } = credentials;
  if (isKeyAsked) return sealedPassword(password, scramble, data);
  if (method === 'caching_sha2_password' && data.length === 1 && data[0] === FULL_LOGIN) {
    if (isSecure) return clearPassword(password);
    checkKeyIsTaken(credentials);
    return ASK_KEY_CACHING;
  }
  throw malformed('more of a log-in than was asked for');
}
