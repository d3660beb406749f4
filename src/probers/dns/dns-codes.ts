/**
 * Names by number and numbers by name, as in miekg/dns, upstream's DNS library: the regular expressions of its users
 * contain these names.
 */
interface CodeTable {
  readonly nameOf: ReadonlyMap<number, string>;
  readonly numberOf: ReadonlyMap<string, number>;
}

/** Parses "A 1 NS 2" into a table. */
function codeTable(text: string): CodeTable {
  const nameOf = new Map<number, string>();
  const numberOf = new Map<string, number>();
  const words = text.trim().split(/\s+/);
  for (let index = 0; index < words.length; index += 2) {
    const name = words[index] ?? '';
    const number = Number(words[index + 1]);
    numberOf.set(name, number);
    // If a number has two names, the first one is shown.
    if (!nameOf.has(number)) nameOf.set(number, name);
  }
  return { nameOf, numberOf };
}

const TYPES = codeTable(`
  None 0 A 1 NS 2 MD 3 MF 4 CNAME 5 SOA 6 MB 7 MG 8 MR 9 NULL 10 PTR 12 HINFO 13 MINFO 14 MX 15 TXT 16 RP 17 AFSDB 18 X25 19 ISDN 20 RT 21
  NSAP-PTR 23 SIG 24 KEY 25 PX 26 GPOS 27 AAAA 28 LOC 29 NXT 30 EID 31 NIMLOC 32 SRV 33 ATMA 34 NAPTR 35 KX 36 CERT 37 DNAME 39 OPT 41
  APL 42 DS 43 SSHFP 44 IPSECKEY 45 RRSIG 46 NSEC 47 DNSKEY 48 DHCID 49 NSEC3 50 NSEC3PARAM 51 TLSA 52 SMIMEA 53 HIP 55 NINFO 56 RKEY 57
  TALINK 58 CDS 59 CDNSKEY 60 OPENPGPKEY 61 CSYNC 62 ZONEMD 63 SVCB 64 HTTPS 65 SPF 99 UINFO 100 UID 101 GID 102 UNSPEC 103 NID 104 L32 105
  L64 106 LP 107 EUI48 108 EUI64 109 NXNAME 128 TKEY 249 TSIG 250 IXFR 251 AXFR 252 MAILB 253 MAILA 254 ANY 255 URI 256 CAA 257 AVC 258
  AMTRELAY 260 RESINFO 261 TA 32768 DLV 32769 Reserved 65535
`);

/** ANY is a class for questions only. In a record it is shown by its number. */
const QUERY_CLASSES = codeTable('IN 1 CS 2 CH 3 HS 4 NONE 254 ANY 255');
const RECORD_CLASSES = codeTable('IN 1 CS 2 CH 3 HS 4 NONE 254');

const RCODES = codeTable(`
  NOERROR 0 FORMERR 1 SERVFAIL 2 NXDOMAIN 3 NOTIMP 4 NOTIMPL 4 REFUSED 5 YXDOMAIN 6 YXRRSET 7 NXRRSET 8 NOTAUTH 9 NOTZONE 10 DSOTYPENI 11
  BADSIG 16 BADKEY 17 BADTIME 18 BADMODE 19 BADNAME 20 BADALG 21 BADTRUNC 22 BADCOOKIE 23
`);

/** The number of the record type SOA. */
export const TYPE_SOA = 6;
/** The number of the record type RRSIG. */
export const TYPE_RRSIG = 46;

/**
 * Returns the number of a record type of blackbox.yml, or undefined for names that upstream does not know (`TYPE65`,
 * `a`).
 */
export function typeNumber(name: string): number | undefined {
  return TYPES.numberOf.get(name);
}

/** Returns the name of a record type, such as `A` or `TYPE65280`. */
export function typeName(number: number): string {
  return TYPES.nameOf.get(number) ?? `TYPE${number}`;
}

/** Returns the number of a class of blackbox.yml, or undefined. */
export function queryClassNumber(name: string): number | undefined {
  return QUERY_CLASSES.numberOf.get(name);
}

/** Returns the name of a class, such as `IN` or `CLASS255`. */
export function recordClassName(number: number): string {
  return RECORD_CLASSES.nameOf.get(number) ?? `CLASS${number}`;
}

/** Returns the number of a response code of blackbox.yml, or undefined for names that upstream does not know. */
export function rcodeNumber(name: string): number | undefined {
  return RCODES.numberOf.get(name);
}

/** Returns the name of a response code, such as `NXDOMAIN`, or "" for a number without a name, as upstream logs it. */
export function rcodeName(number: number): string {
  return RCODES.nameOf.get(number) ?? '';
}
