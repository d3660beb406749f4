import type tls from 'node:tls';
import type { Clock } from '../values/clock.js';
import { readCertificate } from './certificate.js';
import type { Certificate } from './certificate.js';
import { DerError, derChildren, readDer } from './der-reader.js';

/** The certificates that a server sent: its own first, then the others in the order in which they came. The same chain is the same object. */
export interface PresentedChain {
  readonly leaf: Certificate;
  readonly others: readonly Certificate[];
}

/** The chains that were seen under one leaf certificate. */
interface KnownLeaf {
  chain: PresentedChain;
  comparedAtSeconds: number;
  /** By what Node's older call shows of them. */
  readonly variants: Map<string, PresentedChain>;
}

const MOST_LEAVES = 4096;
const MOST_VARIANTS = 4;
/** A leaf that is seen again vouches for its chain for so long. */
const COMPARE_SECONDS = 60;
/**
 * `getPeerX509Certificate` is the only call that shows all certificates in order, but it takes them out of the connection and leaks
 * each one but the first (8 KiB; Node 20 and 24). So it is called once a chain, and not more often than this even if every connection
 * shows another chain.
 */
const READS_AT_ONCE = 1024;
const SECONDS_A_READ = 60;

/**
 * Reads what servers presented. It is cheap where the leaf certificate was seen before: that one is read from the session in microseconds,
 * while each of Node's calls that show a whole chain takes up to a millisecond.
 */
export class PresentedChains {
  readonly #clock: Clock;
  readonly #leaves = new Map<string, KnownLeaf>();
  readonly #readsAtOnce: number;
  #readsLeft: number;
  #countedAtSeconds: number;

  constructor(clock: Clock, readsAtOnce = READS_AT_ONCE) {
    this.#clock = clock;
    this.#readsAtOnce = readsAtOnce;
    this.#readsLeft = readsAtOnce;
    this.#countedAtSeconds = clock.monotonicSeconds();
  }

  /**
   * What the server of `socket` presented; undefined if it presented nothing yet. To be called once a connection, at the end of the
   * handshake or in the listener of its error. Throws DerError for certificates that cannot be read.
   */
  read(socket: tls.TLSSocket): PresentedChain | undefined {
    const der = leafInSession(socket.getSession()) ?? leafByNode(socket);
    if (der === undefined) return undefined;
    const now = this.#clock.monotonicSeconds();
    const key = der.toString('latin1');
    const known = this.#leaves.get(key);
    if (known !== undefined && now - known.comparedAtSeconds < COMPARE_SECONDS) return known.chain;
    const legacy = legacyChain(socket);
    const variant = legacy.map((each) => each.toString('latin1')).join();
    const chain = known?.variants.get(variant) ?? this.#readNew(socket, legacy);
    this.#remember(key, { chain, variant, variants: known?.variants ?? new Map<string, PresentedChain>(), now });
    return chain;
  }

  #remember(
    key: string,
    seen: { chain: PresentedChain; variant: string; variants: Map<string, PresentedChain>; now: number },
  ): void {
    const { chain, variant, variants, now } = seen;
    forgetOldest(variants, MOST_VARIANTS - 1);
    variants.set(variant, chain);
    // Set anew, so that the leaf in use longest ago comes first.
    this.#leaves.delete(key);
    forgetOldest(this.#leaves, MOST_LEAVES - 1);
    this.#leaves.set(key, { chain, comparedAtSeconds: now, variants });
  }

  #readNew(socket: tls.TLSSocket, legacy: readonly Buffer[]): PresentedChain {
    const ders = this.#mayRead() ? takeChain(socket) : withoutRoot(legacy);
    const [leaf, ...others] = (ders.length === 0 ? legacy : ders).map(copyOf).map(readCertificate);
    if (leaf === undefined) throw new Error('A session with a certificate, but a connection without one');
    return { leaf, others };
  }

  #mayRead(): boolean {
    const now = this.#clock.monotonicSeconds();
    const earned = Math.floor((now - this.#countedAtSeconds) / SECONDS_A_READ);
    if (earned > 0) {
      this.#readsLeft = Math.min(this.#readsAtOnce, this.#readsLeft + earned);
      this.#countedAtSeconds += earned * SECONDS_A_READ;
    }
    if (this.#readsLeft <= 0) return false;
    this.#readsLeft--;
    return true;
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

/** The tag of the peer's certificate in OpenSSL's SSL_SESSION. */
const SESSION_PEER = 0xa3;
const SEQUENCE = 0x30;

/**
 * The leaf as it stands in the session (OpenSSL's SSL_SESSION; newer versions of Node put a head before it).
 * Undefined if there is none, or in a form that is not known here: then there is a slower way.
 */
function leafInSession(session: Buffer | null | undefined): Buffer | undefined {
  // Null where the connection was reset, which Node's types do not know.
  if (session === undefined || session === null) return undefined;
  for (let at = session.indexOf(SEQUENCE); at >= 0; at = session.indexOf(SEQUENCE, at + 1)) {
    const leaf = peerOfSession(session.subarray(at));
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

function peerOfSession(bytes: Buffer): Buffer | undefined {
  try {
    const { whole, content } = readDer(bytes);
    if (whole.length !== bytes.length) return undefined;
    return derChildren(content).find(({ tag }) => tag === SESSION_PEER)?.content;
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function leafByNode(socket: tls.TLSSocket): Buffer | undefined {
  // Node gives an empty object, or null, where there is no certificate.
  const certificate = socket.getPeerCertificate() as Partial<tls.PeerCertificate> | null;
  return certificate?.raw;
}

/** Everything that was sent. The connection has no certificates any more afterwards. */
function takeChain(socket: tls.TLSSocket): Buffer[] {
  const ders: Buffer[] = [];
  for (let each = socket.getPeerX509Certificate(); each !== undefined; each = each.issuerCertificate) {
    ders.push(each.raw);
  }
  return ders;
}

/** The path that Node finds from the leaf upwards: without certificates that lie beside it, but with the root of the trust store. */
function legacyChain(socket: tls.TLSSocket): Buffer[] {
  const ders: Buffer[] = [];
  let each: Partial<tls.DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (each?.raw !== undefined) {
    ders.push(each.raw);
    each = each.issuerCertificate === each ? undefined : each.issuerCertificate;
  }
  return ders;
}

/** Whether the root was sent or came from the trust store is not to be seen; it rarely is sent. */
function withoutRoot(ders: readonly Buffer[]): readonly Buffer[] {
  const root = ders.at(-1);
  if (ders.length < 2 || root === undefined) return ders;
  const { subject, issuer } = readCertificate(root);
  return subject.equals(issuer) ? ders.slice(0, -1) : ders;
}

/** Bytes of their own, so that a kept certificate does not keep a session's keys or a pool of Node's alive. */
function copyOf(der: Buffer): Buffer {
  return Buffer.from(Uint8Array.from(der).buffer);
}
