import type net from 'node:net';
import tls from 'node:tls';
import { isIpAddress } from '../../values/address/ip-address.js';
import { asError } from '../../values/as-error.js';
import type { CancelTimer, Clock } from '../../values/clock.js';
import { trimEndOf } from '../../values/trim-character.js';
import { inheritEnds } from '../connection-ends.js';
import { rememberCarrier } from '../reset-by-peer.js';
import { passCertificates } from './certificate-gate.js';
import { HandshakeTap } from './handshake-tap.js';
import { releaseControl, tlsOf } from './native-streams.js';
import { PeerFlight } from './peer-flight.js';
import type { PresentedChains } from './presented-chain.js';
import { type RecordWatch, watchRecords } from './records/record-watch.js';
import { runDueTicks } from './run-due-ticks.js';

/** A handshake over a connected socket. The chain is not judged by it. */
export interface RawHandshake {
  readonly socket: net.Socket;
  readonly context: tls.SecureContext;
  readonly serverName: string;
  readonly alpn: readonly string[] | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Where the server's chain is looked up, and then remembered. */
  readonly chains: PresentedChains;
  /** See HandshakeOptions. */
  readonly watchesRecords: boolean;
}

/** The limit of Go's net/http, for a server that accepts the connection and then says nothing. */
const LIMIT_SECONDS = 10;

/** A handshake that took longer than ten seconds. */
export class HandshakeTimeout extends Error {
  override readonly name = 'HandshakeTimeout';
}

/** The server closed the connection, without an alert, before the handshake was done. */
export class EarlyEnd extends Error {
  override readonly name = 'EarlyEnd';
}

/** A finished handshake; whoever got it owns the socket. */
export interface Shaken {
  readonly socket: tls.TLSSocket;
  /** The bytes that the server sent in the handshake. */
  readonly flight: PeerFlight;
}

/**
 * Sees a connection that failed while it still knows its version and cipher; what it returns is what the handshake
 * rejects with.
 */
export type ExplainFailure = (failed: Shaken, error: Error) => Error;

/**
 * Does the handshake without judging the certificate. Rejects with what `explain` makes of an error, or with the
 * signal's reason when that fires first. A connection that failed is destroyed.
 */
export function shakeHands(raw: RawHandshake, explain: ExplainFailure): Promise<Shaken> {
  return new Promise((resolve, reject) => {
    if (raw.signal.aborted) {
      raw.socket.destroy();
      reject(asError(raw.signal.reason));
      return;
    }
    new Handshake(raw, explain, { resolve, reject });
  });
}

interface Settle {
  readonly resolve: (shaken: Shaken) => void;
  readonly reject: (error: Error) => void;
}

/** A handshake under way: settled once, by whatever comes first, and then without listeners and timers. */
class Handshake {
  readonly #raw: RawHandshake;
  readonly #explain: ExplainFailure;
  readonly #settle: Settle;
  readonly #socket: tls.TLSSocket;
  readonly #tap: HandshakeTap;
  readonly #stopTimer: CancelTimer;

  constructor(raw: RawHandshake, explain: ExplainFailure, settle: Settle) {
    this.#raw = raw;
    this.#explain = explain;
    this.#settle = settle;
    this.#socket = startOrDestroy(raw);
    const flight = new PeerFlight('server');
    const gate = passCertificates(flight, raw.chains);
    this.#tap = new HandshakeTap(raw.socket, this.#socket, { flight, gate, onRefused: this.#onError });
    this.#stopTimer = raw.clock.after(LIMIT_SECONDS, this.#onTimeout);
    this.#socket.once('secure', this.#onSecure);
    this.#socket.once('error', this.#onError);
    // This has to run before Node's own listener, which ends the connection, and with it what is known of it.
    this.#socket.prependOnceListener('end', this.#onEnd);
    raw.signal.addEventListener('abort', this.#onAbort);
  }

  readonly #onSecure = (): void => {
    const { isDelivering } = this.#tap;
    this.#tap.onlyGuard(this.#raw.watchesRecords);
    if (this.#raw.watchesRecords) this.#watchOn();
    this.#letGo();
    this.#settle.resolve(this.#shaken);
    // Without the tap, Node would run these ticks by itself, before it sends the end of the handshake. Run here, they
    // let the first bytes of the probe go out in the same write, and not in another one of their own.
    if (isDelivering) runDueTicks();
  };

  readonly #onError = (error: Error): void => {
    this.#letGo();
    this.#tap.release();
    this.#fail(this.#explain(this.#shaken, error));
  };

  readonly #onEnd = (): void => {
    this.#onError(new EarlyEnd('EOF'));
  };

  readonly #onTimeout = (): void => {
    this.#onError(new HandshakeTimeout('net/http: TLS handshake timeout'));
  };

  readonly #onAbort = (): void => {
    this.#letGo();
    this.#tap.release();
    this.#fail(asError(this.#raw.signal.reason));
  };

  get #shaken(): Shaken {
    return { socket: this.#socket, flight: this.#tap.flight };
  }

  /** The tap stays, to tell whether the connection ends within a record. */
  #watchOn(): void {
    watchRecords(this.#socket, new TapWatch(this.#tap));
  }

  #letGo(): void {
    this.#stopTimer();
    this.#raw.signal.removeEventListener('abort', this.#onAbort);
    this.#socket.removeListener('secure', this.#onSecure);
    this.#socket.removeListener('error', this.#onError);
    this.#socket.removeListener('end', this.#onEnd);
  }

  #fail(error: Error): void {
    // A late error of a connection that is over anyway is ignored.
    this.#socket.on('error', ignore);
    this.#socket.destroy();
    this.#raw.socket.destroy();
    this.#settle.reject(error);
  }
}

/** A class: an accessor in a literal would make V8 keep each such object as a dictionary. */
class TapWatch implements RecordWatch {
  readonly #tap: HandshakeTap;

  constructor(tap: HandshakeTap) {
    this.#tap = tap;
  }

  get isWithinRecord(): boolean {
    return this.#tap.isWithinRecord;
  }

  readonly stop = (): void => {
    this.#tap.onlyGuard(false);
  };
}

function startOrDestroy(raw: RawHandshake): tls.TLSSocket {
  try {
    return startTls(raw);
  } catch (error) {
    raw.socket.destroy();
    throw error;
  }
}

/** The steps of `tls.connect` that Node's types do not have; all are in every version from 20 to 24. */
interface ClientSide {
  readonly setServername: (name: string) => void;
  /** Sends the hello. */
  readonly _start: () => void;
}

/**
 * Does what `tls.connect` does, but for what it does when the handshake is over: it asks for the key exchange and for
 * OpenSSL's verdict, and makes an error with a stack of that, since OpenSSL trusts nothing. The chain is judged by us,
 * because what was presented is of interest in any case.
 */
function startTls({ socket, context, serverName, alpn }: RawHandshake): tls.TLSSocket {
  const options: tls.TLSSocketOptions = { secureContext: context, isServer: false, rejectUnauthorized: false };
  if (alpn !== undefined) options.ALPNProtocols = [...alpn];
  const secured = new tls.TLSSocket(socket, options);
  inheritEnds(secured, socket);
  rememberCarrier(secured, socket);
  const side = secured as unknown as ClientSide;
  releaseControl(secured);
  // An address is no server name (RFC 6066, 3); Go sends names without final dots.
  const name = isIpAddress(serverName) ? '' : trimEndOf(serverName, '.');
  if (name !== '') side.setServername(name);
  // As Go does. Nothing is made of the answer, but some servers give it unasked, which OpenSSL would not take.
  tlsOf(secured)?.requestOCSP();
  side._start();
  return secured;
}

function ignore(): void {
  // A late error of a connection that is over needs no answer.
}
