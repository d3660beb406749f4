/** What every part of a DNS message is made of (RFC 1035, section 4.1). */

/** A message violates the wire format of RFC 1035. The texts are those of miekg/dns where it has one. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** The length of a message's header. */
export const HEADER_OCTETS = 12;

/** The flag QR: the message is a response. */
export const FLAG_QR = 0x8000;
/** The flag AA: the server is an authority for the name. */
export const FLAG_AA = 0x0400;
/** The flag TC: the message is truncated. */
export const FLAG_TC = 0x0200;
/** The flag RD: the server should ask others. */
export const FLAG_RD = 0x0100;
/** The flag RA: the server asks others if it is asked to. */
export const FLAG_RA = 0x0080;
/** The flag AD: the data were verified; in a query, the client wants to know (RFC 6840, section 5.7). */
export const FLAG_AD = 0x0020;

/** The number of the record type A. */
export const TYPE_A = 1;
/** The number of the record type CNAME. */
export const TYPE_CNAME = 5;
/** The number of the record type AAAA. */
export const TYPE_AAAA = 28;
/** The number of the record type OPT. */
export const TYPE_OPT = 41;
/** The number of the class IN. */
export const CLASS_IN = 1;
