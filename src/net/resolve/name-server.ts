import { randomInt } from 'node:crypto';
import type dgram from 'node:dgram';
import { codeOf, textOf } from '../../probe/error-text.js';
import { TargetPolicy } from '../../probe/policy/target-policy.js';
import type { Clock } from '../../values/clock.js';
import { errnoText } from '../../values/go/errno-text.js';
import { loopTurns } from '../../values/loop-turns.js';
import { connectTcp } from '../connect.js';
import { abortable, connectUdp } from '../connect-udp.js';
import { CLASS_IN, FLAG_QR, FLAG_TC, HEADER_OCTETS, TYPE_A, TYPE_AAAA, WireError } from '../dns/dns-format.js';
import { type DnsQuery, encodeQuery, repeatsQuestion, withId } from '../dns/dns-query.js';
import { askOverStream, StreamEnd } from '../dns/dns-stream.js';
import { splitHostPort } from '../host-port.js';
import { type NameAnswer, readNameAnswer } from './name-answer.js';

/** A question for the addresses of a name, in one family. */
export interface NameQuestion {
  readonly query: DnsQuery;
  readonly family: 4 | 6;
}

/** How name servers are asked. */
export interface AskOptions {
  /** The time for one try over UDP, and for one over TCP. */
  readonly timeoutSeconds: number;
  /** Whether UDP is left out. */
  readonly useTcp: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Longer datagrams may be lost on their way (DNS flag day 2020); Go's resolver takes as much. */
const UDP_SIZE_BYTES = 1232;

/** What Go's resolver asks for a name, which is absolute. Throws WireError for one that cannot be in DNS. */
export function nameQuestion(name: string, family: 4 | 6, trustsAd: boolean): NameQuestion {
  const query = encodeQuery({
    name: Buffer.from(name, 'latin1'),
    type: family === 4 ? TYPE_A : TYPE_AAAA,
    class: CLASS_IN,
    recursionDesired: true,
    authenticData: trustsAd,
    edns: { udpSizeBytes: UDP_SIZE_BYTES, dnssecOk: false, nsid: false },
  });
  return { query, family };
}

/** A server gave no answer in time; `why` of other failures is in NameAnswer. */
export type ServerAnswer = NameAnswer | { readonly kind: 'late' };

/**
 * Asks one server (`address:port`) by the rules of Go's resolver: over UDP from a socket and with an id of its own,
 * and over TCP where the reply is truncated. Datagrams that do not answer the question may come from anybody, and are
 * passed over. Rejects with the signal's reason; then, and in any other case, nothing is left behind.
 */
export async function askNameServer(
  server: string,
  { query: blank, family }: NameQuestion,
  options: AskOptions,
): Promise<ServerAnswer> {
  const query = withId(blank, randomInt(0x10000));
  try {
    let reply = options.useTcp ? undefined : await inTime(options, (signal) => askUdp(server, query, signal));
    if (reply === undefined || isTruncated(reply)) {
      reply = await inTime(options, (signal) => askTcp(server, query, signal));
    }
    // Replies to hundreds of questions may come in one turn of the event loop, each of 64 KiB.
    if (loopTurns.isOver()) await loopTurns.next();
    options.signal.throwIfAborted();
    return readNameAnswer(reply, query, family);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof Late) return { kind: 'late' };
    if (error instanceof WireError || error instanceof StreamEnd) return { kind: 'useless', why: error.message };
    // Not an error of the operating system: a bug.
    if (codeOf(error) === undefined) throw error;
    return { kind: 'useless', why: errnoText(error) ?? textOf(error) };
  }
}

/** The time for one try is over. */
class Late extends Error {}

/** Runs one try with a signal that is aborted with the caller's or, by a Late, once the time is over. */
async function inTime(
  { timeoutSeconds, clock, signal }: AskOptions,
  ask: (signal: AbortSignal) => Promise<Buffer>,
): Promise<Buffer> {
  signal.throwIfAborted();
  const end = new AbortController();
  const giveUp = (): void => {
    end.abort(signal.reason);
  };
  signal.addEventListener('abort', giveUp);
  const cancel = clock.after(timeoutSeconds, () => {
    end.abort(new Late());
  });
  try {
    return await ask(end.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', giveUp);
  }
}

/** Name servers are the system's, not a target: no policy of a probe speaks of them. */
function destinationOf(server: string): Omit<Parameters<typeof connectUdp>[0], 'signal'> {
  const { host, port } = splitHostPort(server);
  const asked = { scheme: 'dns', host, policy: TargetPolicy.ALLOW_ALL } as const;
  return { address: host, family: host.includes(':') ? 6 : 4, port: Number(port), asked, localAddress: undefined };
}

async function askUdp(server: string, query: DnsQuery, signal: AbortSignal): Promise<Buffer> {
  const socket = await connectUdp({ ...destinationOf(server), signal });
  try {
    return await replyOf(socket, query, signal);
  } finally {
    socket.close();
  }
}

function replyOf(socket: dgram.Socket, query: DnsQuery, signal: AbortSignal): Promise<Buffer> {
  return abortable(signal, (resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (datagram) => {
      if (answers(datagram, query)) resolve(datagram);
    });
    socket.send(query.bytes, (error) => {
      if (error !== null) reject(error);
    });
  });
}

async function askTcp(server: string, query: DnsQuery, signal: AbortSignal): Promise<Buffer> {
  const { address, port, asked } = destinationOf(server);
  const socket = await connectTcp({ address, port, asked, signal });
  try {
    const reply = await askOverStream(socket, query, signal);
    if (answers(reply, query)) return reply;
    throw new WireError(hasQuestion(reply) ? 'invalid DNS response' : 'cannot unmarshal DNS message');
  } finally {
    socket.destroy();
  }
}

/** Whether the whole reply is to be had over TCP. One to several questions is of no use there either. */
function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & FLAG_TC) !== 0 && reply.readUInt16BE(4) === 1;
}

/** Whether a message is a response to the query and to its question. */
function answers(bytes: Buffer, query: DnsQuery): boolean {
  return (
    hasQuestion(bytes) &&
    bytes.length >= HEADER_OCTETS + query.question.length &&
    bytes.readUInt16BE(0) === query.id &&
    (bytes.readUInt16BE(2) & FLAG_QR) !== 0 &&
    repeatsQuestion(bytes, query)
  );
}

function hasQuestion(bytes: Buffer): boolean {
  return bytes.length > HEADER_OCTETS && bytes.readUInt16BE(4) > 0;
}
