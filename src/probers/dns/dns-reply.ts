import { FLAG_QR, HEADER_OCTETS, WireError } from '../../net/dns/dns-format.js';
import { type DnsQuery, repeatsQuestion } from '../../net/dns/dns-query.js';
import { ProbeFailure } from '../../probe/failure.js';
import { decodeMessage, decodeMessageInTurns, type DnsMessage } from './dns-message.js';

/** Upstream's message for every failure of the exchange. */
export const EXCHANGE_FAILED = 'Error while sending a DNS query';

/**
 * Returns why the bytes are not a reply to the query, or undefined if they may be one. Bytes that are too few to decide
 * count as a (broken) reply.
 */
export function whyNoReply(bytes: Buffer, query: DnsQuery): 'id' | 'query' | 'question' | undefined {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== query.id) return 'id';
  if (bytes.length < HEADER_OCTETS) return undefined;
  // The message is not a response: the server sends back what it gets.
  if ((bytes.readUInt16BE(2) & FLAG_QR) === 0) return 'query';
  // Servers that refuse a query may leave the question out.
  if (bytes.readUInt16BE(4) === 0 || bytes.length < HEADER_OCTETS + query.question.length) return undefined;
  return repeatsQuestion(bytes, query) ? undefined : 'question';
}

/** Decodes a reply. Throws ProbeFailure if it is broken. */
export function readReply(bytes: Buffer): DnsMessage {
  try {
    return unsigned(decodeMessage(bytes));
  } catch (error) {
    return asFailure(error);
  }
}

/**
 * Decodes a reply from a connection of our own, on which nothing else may arrive. Rejects with a ProbeFailure for
 * anything else.
 */
export async function readOnlyReply(bytes: Buffer, query: DnsQuery): Promise<DnsMessage> {
  const why = bytes.length < 2 ? undefined : whyNoReply(bytes, query);
  if (why !== undefined) {
    throw new ProbeFailure('request', 'dns_response_mismatch', EXCHANGE_FAILED, { err: `dns: ${why} mismatch` });
  }
  return decodeMessageInTurns(bytes).then(unsigned).catch(asFailure);
}

const TYPE_TSIG = 250;

/** A reply that is signed (RFC 8945) with a key that nobody gave us is none to a query without a signature. */
function unsigned(message: DnsMessage): DnsMessage {
  if (message.additional.at(-1)?.type === TYPE_TSIG) throw new WireError('dns: no secrets defined');
  return message;
}

function asFailure(error: unknown): never {
  if (!(error instanceof WireError)) throw error;
  throw new ProbeFailure('request', 'dns_response_malformed', EXCHANGE_FAILED, { err: error.message });
}
