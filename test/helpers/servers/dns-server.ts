import dgram from 'node:dgram';
import { once } from 'node:events';
import { parseIpAddress } from '../../../src/values/address/ip-address.js';
import { wireName, wireRecord } from './dns-bytes.js';

/** What a name server says about a name: addresses of any family, an error, or nothing at all. */
export type DnsAnswer =
  readonly string[] | DnsChain | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'silence' | 'garbage' | 'dangling alias';

/** Names that lead to addresses. */
export interface DnsChain {
  /** The names to which CNAME records lead, one after the other; bytes are Latin-1 characters. */
  readonly aliases: readonly string[];
  /** The name that has the addresses; the last alias if absent. */
  readonly owner?: string;
  readonly addresses: readonly string[];
}

/** A name server on UDP, for A and AAAA. */
export interface DnsServer {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Every question, as `name. A` or `name. AAAA`, names in lower case. */
  readonly questions: readonly string[];
  readonly close: () => Promise<void>;
}

const RCODES = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;
const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };
const HEADER_LENGTH = 12;

/**
 * Starts a name server on a free loopback port that answers from `table` (names with a final dot, in lower case; `*`
 * for all others, NXDOMAIN if there is no `*`). A name without an address of the family asked for gives an empty
 * answer. Whoever started it closes it.
 */
export async function startDnsServer(table: Readonly<Record<string, DnsAnswer>>): Promise<DnsServer> {
  const socket = dgram.createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (message, peer) => {
    const { name, type, end } = readQuestion(message);
    questions.push(`${name} ${TYPES[type] ?? type}`);
    const answer = table[name] ?? table['*'] ?? 'NXDOMAIN';
    if (answer === 'silence') return;
    const question = message.subarray(0, end);
    if (answer === 'garbage') socket.send('garbage', peer.port);
    else if (answer === 'dangling alias') socket.send(aliasOf(question), peer.port);
    else socket.send(reply(question, type, answer), peer.port);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  let at = HEADER_LENGTH;
  let name = '';
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    name += `${message.toString('latin1', at + 1, at + 1 + length).toLowerCase()}.`;
    at += 1 + length;
  }
  return { name, type: message.readUInt16BE(at + 1), end: at + 5 };
}

function reply(question: Buffer, type: number, answer: readonly string[] | DnsChain | keyof typeof RCODES): Buffer {
  const rcode = typeof answer === 'string' ? RCODES[answer] : 0;
  const { aliases, owner, addresses } = chainOf(answer);
  const wanted = addresses
    .map(parseIpAddress)
    .filter((each) => each !== undefined && (each.family === 4 ? 1 : 28) === type);
  const head = Buffer.from(question);
  // Response, recursion desired and available; one question, the answers, nothing else.
  head.writeUInt16BE(0x8180 | rcode, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(aliases.length + wanted.length, 6);
  head.fill(0, 8, HEADER_LENGTH);
  return Buffer.concat([
    head,
    ...aliases.map((alias, index) => wireRecord({ ...ownedBy(aliases[index - 1]), type: 5, rdata: wireName(alias) })),
    ...wanted.map((each) => wireRecord({ ...ownedBy(owner), type, rdata: Buffer.from(each?.bytes ?? []) })),
  ]);
}

function chainOf(answer: readonly string[] | DnsChain | string): DnsChain {
  if (typeof answer === 'string') return { aliases: [], addresses: [] };
  if (!('aliases' in answer)) return { aliases: [], addresses: answer };
  const owner = answer.owner ?? answer.aliases.at(-1);
  return { ...answer, ...(owner !== undefined && { owner }) };
}

/** The owner of a record; the name of the question if there is none. */
function ownedBy(name: string | undefined): { readonly owner?: Buffer } {
  return name === undefined ? {} : { owner: wireName(name) };
}

/** An answer with a CNAME (to gone.invalid.) and nothing else. */
function aliasOf(question: Buffer): Buffer {
  const head = reply(question, 0, []);
  head.writeUInt16BE(1, 6);
  const name = Buffer.from('\x04gone\x07invalid\0', 'latin1');
  return Buffer.concat([head, Buffer.from([0xc0, HEADER_LENGTH, 0, 5, 0, 1, 0, 0, 0, 60, 0, name.length]), name]);
}
