import { certificatesOf, hasCertificates } from './certificate-message.js';
import { FlightLimitError, FlightReader, type HandshakeMessage } from './handshake-messages.js';
import type { PeerFlight } from './peer-flight.js';
import type { PresentedChains } from './presented-chain.js';
import type { CipherSuite } from './records/record-protection.js';
import { chainRefusal } from './tls-verdict.js';

/** The certificates of a server are such that the handshake must not go on. */
export class ChainRefused extends Error {
  override readonly name = 'ChainRefused';
}

/**
 * The length up to which any content takes OpenSSL 8 ms at most. A shorter handshake goes to it in one piece, which
 * saves some 40 µs, and its certificates are judged afterwards.
 */
const HARMLESS_BYTES = 2000;

/**
 * Looks at what a server sends before OpenSSL does, which would check certificates of any cost in one call. Yields how
 * many bytes of the flight OpenSSL may have, from its beginning, and undefined where others may have their turn; asked
 * again, it goes on with what has come since. When it returns OpenSSL may have everything; it returns the reader, which
 * has read up to there. Throws ChainRefused, DerError and FlightLimitError.
 */
export function* passCertificates(
  flight: PeerFlight,
  chains: PresentedChains,
): Generator<number | undefined, FlightReader, void> {
  const reader = new FlightReader(flight);
  let passedHello = false;
  for (;;) {
    const next = reader.next();
    if (next === 'over') return reader;
    if (next === 'pause') yield undefined;
    else if (next === 'more') yield flight.length;
    else if (next === 'secret') {
      // OpenSSL makes it of the hello; where it does not, it goes no further.
      if (passedHello) return reader;
      passedHello = true;
      yield flight.length <= HARMLESS_BYTES ? flight.length : reader.end;
    } else if (hasCertificates(next)) {
      yield* judge(next, { flight, chains, start: reader.start });
      return reader;
    }
  }
}

const CLIENT_HELLO = 1;

/** What is said of a message that is not in its place. */
const MISPLACED = 'tls: unexpected message in the handshake of a client';

/**
 * Looks at what a client sends that is asked for certificates, as `passCertificates` does for a server. Every message
 * goes to OpenSSL alone or not at all, up to the certificates: OpenSSL has to answer a hello before it is known how the
 * rest is protected. `suite` is asked after each hello, and is undefined before TLS 1.3. Throws ChainRefused, DerError
 * and FlightLimitError; the latter also for whatever OpenSSL would pass over (early data) or refuse.
 */
export function* passClientCertificates(
  flight: PeerFlight,
  chains: PresentedChains,
  suite: () => CipherSuite | undefined,
): Generator<number | undefined, FlightReader, void> {
  const reader = new FlightReader(flight);
  for (;;) {
    const next = reader.next();
    if (next === 'pause') yield undefined;
    else if (next === 'more') yield flight.length;
    else if (typeof next === 'string') throw new FlightLimitError(MISPLACED);
    else if (hasCertificates(next)) {
      yield* judge(next, { flight, chains, start: reader.start });
      return reader;
    } else if (next.type === CLIENT_HELLO && !next.isProtected && reader.isBetweenMessages) {
      yield reader.end;
      const chosen = flight.handshakeSecret === undefined ? undefined : suite();
      if (chosen !== undefined) reader.protectWith(chosen);
    } else throw new FlightLimitError(MISPLACED);
  }
}

interface Read {
  readonly flight: PeerFlight;
  readonly chains: PresentedChains;
  /** Where the record that completed the message begins in the flight. */
  readonly start: number;
}

function* judge(message: HandshakeMessage, { flight, chains, start }: Read): Generator<number | undefined, void, void> {
  const ders = certificatesOf(message);
  if (ders === undefined) throw new FlightLimitError('tls: malformed message of certificates');
  flight.certificates = ders;
  const chain = yield* withoutValue(chains.of(ders));
  const refused = chain === undefined ? undefined : chainRefusal(chain, flight.peer);
  if (refused === undefined) return;
  // OpenSSL first gets all that came before, so that the version and the cipher are known when the chain is refused.
  yield start;
  throw new ChainRefused(refused);
}

function* withoutValue<T>(steps: Generator<void, T>): Generator<undefined, T, void> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield undefined;
  }
}
