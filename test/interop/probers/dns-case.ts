import { A_RECORD, uint32, wireName, wireRecord, wireReply } from '../../helpers/servers/dns-bytes.js';
import type { DnsScript } from '../../helpers/servers/scripted-dns.js';
import type { IdentityName } from '../tls/identities.js';
import type { DnsDifferenceId } from './dns-differences.js';

/**
 * One probe that both programs are asked for. In targets `@0` is the port of the server, `@dead` one that nothing
 * listens at.
 */
export interface DnsCase {
  readonly name: string;
  /** `dns:` of the module, besides `query_name: x.test` and `query_type: A`; 'none' for a module without that block. */
  readonly dns?: Readonly<Record<string, unknown>> | 'none';
  /** `127.0.0.1:@0` where absent. */
  readonly target?: string;
  /** Answers with one A record where absent. */
  readonly script?: DnsScript;
  /** Speaks TLS with this identity. */
  readonly identity?: IdentityName;
  /** The module's timeout; ten seconds where absent. */
  readonly timeoutSeconds?: number;
  /** Differences that the case must show, beside those that every probe shows. */
  readonly differs?: readonly DnsDifferenceId[];
}

/** Replies with one record, none, and two. */
export const one: DnsScript = (query) => [wireReply(query, { answer: [A_RECORD] })];
export const none: DnsScript = (query) => [wireReply(query)];
export const otherAddress = wireRecord({ type: 1, rdata: Buffer.of(192, 0, 2, 2) });
export const two: DnsScript = (query) => [wireReply(query, { answer: [A_RECORD, otherAddress] })];
export const rcode =
  (code: number): DnsScript =>
  (query) => [wireReply(query, { flags: 0x8180 | code })];
export const opt = (ttl: number, rdata = Buffer.alloc(0)): Buffer =>
  wireRecord({ owner: Buffer.of(0), type: 41, class: 1232, ttl, rdata });
export const soa = (serial: number): Buffer =>
  wireRecord({
    type: 6,
    rdata: Buffer.concat([wireName('ns.test'), wireName('h.test'), uint32(serial), Buffer.alloc(16)]),
  });
/** A record of which nothing is known but its length. */
export const long = (octets: number): Buffer => wireRecord({ type: 65280, rdata: Buffer.alloc(octets) });
export const tcp = { transport_protocol: 'tcp' };
export const dot = { transport_protocol: 'tcp', dns_over_tls: true, tls_config: { ca_file: 'ca.pem' } };
export const answers = (rules: unknown): NonNullable<DnsCase['dns']> => ({ validate_answer_rrs: rules });
