import { certificatesOf, hasCertificates } from './certificate-message.js';
import { FlightLimitError, FlightReader, type HandshakeMessage } from './handshake-messages.js';
import type { PresentedChains } from './presented-chain.js';
import type { ServerFlight } from './server-flight.js';
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
 * again, it goes on with what has come since. When it returns OpenSSL may have everything. Throws ChainRefused,
 * DerError and FlightLimitError.
 */
export function* passCertificates(
  flight: ServerFlight,
  chains: PresentedChains,
): Generator<number | undefined, void, void> {
  const reader = new FlightReader(flight);
  let passedHello = false;
  for (;;) {
    const next = reader.next();
    if (next === 'over') return;
    if (next === 'pause') yield undefined;
    else if (next === 'more') yield flight.length;
    else if (next === 'secret') {
      // OpenSSL makes it of the hello; where it does not, it goes no further.
      if (passedHello) return;
      passedHello = true;
      yield flight.length <= HARMLESS_BYTES ? flight.length : reader.end;
    } else if (hasCertificates(next)) {
      yield* judge(next, { flight, chains, start: reader.start });
      return;
    }
  }
}

interface Read {
  readonly flight: ServerFlight;
  readonly chains: PresentedChains;
  /** Where the record that completed the message begins in the flight. */
  readonly start: number;
}

function* judge(message: HandshakeMessage, { flight, chains, start }: Read): Generator<number | undefined, void, void> {
  const ders = certificatesOf(message);
  if (ders === undefined) throw new FlightLimitError('tls: malformed message of certificates');
  flight.certificates = ders;
  const chain = yield* withoutValue(chains.of(ders));
  const refused = chain === undefined ? undefined : chainRefusal(chain);
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
