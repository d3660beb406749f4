import type { Steps } from '../../values/in-slices.js';
import { type Certificate, certificateInSteps } from '../x509/certificate.js';
import { certificatesInFlight } from './certificate-message.js';
import type { PeerFlight } from './peer-flight.js';

/**
 * The certificates that a peer sent: its own first, then the others in the order in which they came. The same chain
 * is the same object.
 */
export interface PresentedChain {
  readonly leaf: Certificate;
  readonly others: readonly Certificate[];
}

interface KnownChain {
  readonly chain: PresentedChain;
  readonly bytes: number;
}

/** The bytes of certificates that are kept; what is derived from them takes a multiple. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_CHAINS = 4096;

/**
 * Reads what servers presented, from what they sent on this very connection. A chain that was seen before is recognized
 * by all of its bytes and not parsed again.
 */
export class PresentedChains {
  /** Key: a short text that tells nearly all chains apart. The least recently used chain is first. */
  readonly #known = new Map<string, KnownChain>();
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /**
   * The chain that the server presented; undefined if it has presented nothing yet. Throws DerError for certificates
   * that cannot be read, and FlightLimitError.
   */
  *read(flight: PeerFlight): Steps<PresentedChain | undefined> {
    const ders = flight.certificates ?? (yield* certificatesInFlight(flight));
    return ders === undefined ? undefined : yield* this.of(ders);
  }

  /** The chain of these certificates; undefined if there are none. Throws DerError. */
  *of(ders: readonly Buffer[]): Steps<PresentedChain | undefined> {
    if (ders.length === 0) return undefined;
    const key = keyOf(ders);
    const known = this.#known.get(key);
    if (known === undefined || !consistsOf(known.chain, ders)) return yield* this.#readNew(key, ders);
    // The chain is set anew, so that it is the last to be forgotten.
    this.#known.delete(key);
    this.#known.set(key, known);
    return known.chain;
  }

  *#readNew(key: string, ders: readonly Buffer[]): Steps<PresentedChain | undefined> {
    const certificates: Certificate[] = [];
    for (const der of ders) {
      yield;
      certificates.push(yield* certificateInSteps(copyOf(der)));
    }
    const [leaf, ...others] = certificates;
    if (leaf === undefined) return undefined;
    // Another probe may have read the same in the meantime.
    const known = this.#known.get(key);
    if (known !== undefined && consistsOf(known.chain, ders)) return known.chain;
    const chain = { leaf, others };
    const bytes = ders.reduce((sum, { length }) => sum + length, 0);
    this.#forget(key);
    this.#known.set(key, { chain, bytes });
    this.#bytes += bytes;
    this.#forgetOldest();
    return chain;
  }

  #forgetOldest(): void {
    for (const key of this.#known.keys()) {
      if (this.#bytes <= this.#mostBytes && this.#known.size <= MOST_CHAINS) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#known.get(key)?.bytes ?? 0;
    this.#known.delete(key);
  }
}

/** The bytes of each certificate's end that go into the key: a certificate ends with its signature. */
const KEY_BYTES = 16;

/**
 * A key that tells nearly all chains apart. Two chains with the same key, which somebody would have to make on purpose,
 * are parsed again each time that they alternate.
 */
function keyOf(ders: readonly Buffer[]): string {
  let key = '';
  for (const der of ders) key += `${der.length}:${der.toString('latin1', Math.max(der.length - KEY_BYTES, 0))}`;
  return key;
}

function consistsOf({ leaf, others }: PresentedChain, ders: readonly Buffer[]): boolean {
  return ders.length === others.length + 1 && ders.every((der, index) => der.equals((others[index - 1] ?? leaf).der));
}

/** Copies the bytes, so that a kept certificate does not keep a whole flight alive. */
function copyOf(der: Buffer): Buffer {
  return Buffer.from(Uint8Array.from(der).buffer);
}
