import { formatIpBytes } from '../../values/address/ip-address.js';
import { wholeNanoseconds } from '../../values/clock.js';
import type { IcmpError } from './icmp-error.js';
import { FACTS, type IcmpAddon, type NativeSocket, type SocketOptions } from './icmp-native.js';
import { buildEchoRequest, parseEchoReply, parseQuotedRequest } from './icmp-packet.js';

/** The outcome of a request: its reply, or an ICMP error for it. */
export type EchoOutcome =
  | { readonly kind: 'reply'; readonly rttSeconds: number; readonly hopLimit: number }
  | { readonly kind: 'error'; readonly error: IcmpError };

/** One echo request, with a callback for its outcome. */
export interface Echo {
  /** An address without name; an IPv6 one may have a zone. */
  readonly address: string;
  /** The address in bytes, 4 or 16: replies count only from it. */
  readonly addressBytes: Uint8Array;
  readonly id: number;
  readonly sequence: number;
  readonly data: Uint8Array;
  /** Called at most once, and never before `send` has returned. */
  readonly onOutcome: (outcome: EchoOutcome) => void;
}

interface Sent {
  readonly echo: Echo;
  readonly sentAtSeconds: number;
}

/** The buffers into which the addon receives. All channels of a thread share them, since they are read at once. */
export interface Inbox {
  readonly bytes: Uint8Array;
  readonly facts: Float64Array;
  readonly peers: Uint8Array;
}

/** A datagram cannot be longer than this. */
const LONGEST_PACKET_BYTES = 65_536;

/** Makes the memory that packets are received into. */
export function createInbox(): Inbox {
  return {
    bytes: new Uint8Array(LONGEST_PACKET_BYTES),
    facts: new Float64Array(Object.keys(FACTS).length),
    peers: new Uint8Array(32),
  };
}

/** Packets read before the event loop gets its turn. */
const MOST_READ_AT_ONCE = 512;
/**
 * The number of sends after which the socket is read. Otherwise its buffer could overflow when thousands are sent and
 * answered within one turn of the event loop.
 */
const SENT_BEFORE_READING = 64;

/**
 * One socket that any number of probes share. Requests are distinguished by identifier (raw sockets) and sequence
 * number.
 */
export class IcmpChannel {
  readonly raw: boolean;
  readonly family: 4 | 6;
  readonly #addon: IcmpAddon;
  readonly #inbox: Inbox;
  readonly #socket: NativeSocket;
  readonly #waiting = new Map<number, Sent>();
  #sentSinceRead = 0;
  #closed = false;

  /** Throws the error of the operating system. */
  constructor(addon: IcmpAddon, options: SocketOptions, inbox: Inbox) {
    this.#addon = addon;
    this.#inbox = inbox;
    this.raw = options.raw;
    this.family = options.family;
    this.#socket = addon.open(options, () => {
      this.#read();
    });
  }

  /** Whether a request with these numbers would be mistaken for another one. */
  isTaken(id: number, sequence: number): boolean {
    return this.#waiting.has(this.#key(id, sequence));
  }

  /** Sends a request, and waits for its outcome until `forget`. Throws the error of the operating system. */
  send(echo: Echo): void {
    // Packets that are read here belong to other requests, since this one has not been sent yet.
    if (++this.#sentSinceRead > SENT_BEFORE_READING) this.#read();
    const { address, id, sequence, data } = echo;
    const packet = buildEchoRequest({ family: this.family, id, sequence, data });
    const sentAtSeconds = this.#addon.send(this.#socket, address, packet);
    this.#waiting.set(this.#key(id, sequence), { echo, sentAtSeconds });
  }

  /** Stops waiting for the outcome of a request. */
  forget({ id, sequence }: Pick<Echo, 'id' | 'sequence'>): void {
    this.#waiting.delete(this.#key(id, sequence));
  }

  close(): void {
    this.#closed = true;
    this.#addon.close(this.#socket);
  }

  /** On datagram sockets the kernel chooses the identifier, and shows us only what is ours. */
  #key(id: number, sequence: number): number {
    return this.raw ? id * 0x10000 + sequence : sequence;
  }

  #read(): void {
    this.#sentSinceRead = 0;
    const { bytes, facts, peers } = this.#inbox;
    for (let left = MOST_READ_AT_ONCE; left > 0 && !this.#closed; left--) {
      const length = this.#addon.receive(this.#socket, bytes, facts, peers);
      if (length < 0) return;
      if (facts[FACTS.truncated] === 1) continue;
      const packet = bytes.subarray(0, length);
      if (facts[FACTS.isError] === 1) this.#takeError(packet);
      else this.#takePacket(packet);
    }
  }

  #takePacket(packet: Uint8Array): void {
    const reply = parseEchoReply(packet, this);
    if (reply === undefined) return;
    const sent = this.#waiting.get(this.#key(reply.id, reply.sequence));
    if (sent === undefined || !this.#isFrom(sent.echo) || Buffer.compare(sent.echo.data, reply.data) !== 0) return;
    const { facts } = this.#inbox;
    // A reply cannot be older than its request, even if the clocks say so.
    const rttSeconds = wholeNanoseconds(Math.max(0, (facts[FACTS.atSeconds] ?? 0) - sent.sentAtSeconds));
    this.#settle(sent.echo, { kind: 'reply', rttSeconds, hopLimit: facts[FACTS.hopLimit] ?? -1 });
  }

  #takeError(quoted: Uint8Array): void {
    const { facts } = this.#inbox;
    if (facts[FACTS.errorOrigin] !== ORIGIN_OF_FAMILY[this.family]) return;
    const name = parseQuotedRequest(quoted, this.family);
    if (name === undefined) return;
    const sent = this.#waiting.get(this.#key(name.id, name.sequence));
    if (sent === undefined || !this.#isFrom(sent.echo)) return;
    const mtu = facts[FACTS.errorInfo] ?? 0;
    const error: IcmpError = {
      family: this.family,
      type: facts[FACTS.errorType] ?? 0,
      code: facts[FACTS.errorCode] ?? 0,
      offender: this.#offender(),
      ...(mtu > 0 && { mtu }),
    };
    this.#settle(sent.echo, { kind: 'error', error });
  }

  /** Whether what is in the inbox came from the target or, of an error, was for it. */
  #isFrom({ addressBytes }: Echo): boolean {
    const { peers } = this.#inbox;
    return addressBytes.every((byte, index) => byte === peers[index]);
  }

  #offender(): string {
    const { facts, peers } = this.#inbox;
    const family = facts[FACTS.offenderFamily];
    if (family === 4) return formatIpBytes(peers.subarray(16, 20));
    return family === 6 ? formatIpBytes(peers.subarray(16, 32)) : '';
  }

  #settle(echo: Echo, outcome: EchoOutcome): void {
    this.forget(echo);
    echo.onOutcome(outcome);
  }
}

/** SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6 of Linux: errors that came from the network. */
const ORIGIN_OF_FAMILY = { 4: 2, 6: 3 } as const;
