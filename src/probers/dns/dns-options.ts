import type { ClientSubnet, EdnsRecipe, QueryRecipe } from '../../net/dns/dns-query.js';
import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import { compileSource, type SourceAddress } from '../../net/source-address.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { sourceProblem } from '../../probe/checks/source-problem.js';
import { textOf } from '../../probe/error-text.js';
import { parseIpAddress } from '../../values/address/ip-address.js';
import { bytesOf } from '../../values/byte-string.js';
import { ConfigError } from '../../values/config-error.js';
import { compileSoundRegexp, type GoRegexp } from '../../values/go/go-regexp.js';
import type { RawDns, RawDnsEdns, RawRrValidator, RawTlsConfig } from '../../values/raw-config.js';
import { queryClassNumber, rcodeNumber, typeNumber } from './dns-codes.js';

/**
 * How the query gets to the server. Like upstream, an unknown transport fails the probe, not the loading of the
 * configuration.
 */
export type DnsTransport =
  | { readonly kind: 'udp'; readonly replyLimitBytes: number; readonly retryOverTcp: boolean }
  | { readonly kind: 'tcp' | 'tls' | 'tls-over-udp' }
  | { readonly kind: 'https'; readonly method: 'GET' | 'POST'; readonly path: string; readonly http2: boolean }
  | { readonly kind: 'unknown'; readonly protocol: string };

/** Expectations about the records of one section. */
export interface RrValidator {
  readonly failIfMatches: readonly GoRegexp[];
  /** Upstream's meaning, the opposite of the key's name: every record must match every pattern. */
  readonly failUnlessAllMatch: readonly GoRegexp[];
  readonly failIfNotMatches: readonly GoRegexp[];
  readonly failIfNoneMatches: readonly GoRegexp[];
  /** The key, if any, that fails a section without records. */
  readonly needsRecords?: string;
  /**
   * Finds the first invalid pattern. Upstream compiles patterns only when there is a record to test, and then fails the
   * probe.
   */
  readonly unusable: () => Promise<BadPattern | undefined>;
}

/** A pattern that cannot be compiled, with the reason. */
export interface BadPattern {
  readonly regexp: string;
  readonly err: string;
}

/** The sections of a message that have expectations. */
export const SECTIONS = ['answer', 'authority', 'additional'] as const;
/** One of the sections. */
export type Section = (typeof SECTIONS)[number];

/** The response codes that are a success, or the first unknown name. A module with an unknown name never succeeds. */
export type ValidRcodes = { readonly codes: readonly number[] } | { readonly unknown: string };

/** A parameter of /probe by which a scrape may choose the question. */
export type QueryParam = 'query_name' | 'query_type';

/** The options of a dns module. */
export interface DnsOptions {
  readonly transport: DnsTransport;
  readonly query: QueryRecipe;
  readonly addresses: AddressPolicy;
  /** Undefined if the system chooses. */
  readonly source: SourceAddress | undefined;
  readonly tls: TlsClient;
  readonly validRcodes: ValidRcodes;
  readonly validators: Readonly<Record<Section, RrValidator>>;
  readonly withDetails: boolean;
  readonly allowedParams: ReadonlySet<QueryParam>;
}

/** The dependencies of compiling a dns module. */
export interface DnsDeps {
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
}

/** The largest reply over UDP without EDNS (RFC 1035, section 2.3.4). Upstream reads no further either. */
const PLAIN_UDP_BYTES = 512;

/** Compiles the `dns:` block of a module. Throws ConfigError. */
export function compileDnsOptions(raw: RawDns, { compileTls }: DnsDeps): DnsOptions {
  const query = compileQuery(raw);
  return {
    transport: compileTransport(raw, query.edns),
    query,
    addresses: addressPolicy(raw),
    source: compileSource(raw.source_ip_address),
    tls: compileTls(raw.tls_config),
    validRcodes: compileRcodes(raw.valid_rcodes ?? ['NOERROR']),
    validators: {
      answer: compileValidator(raw.validate_answer_rrs),
      authority: compileValidator(raw.validate_authority_rrs),
      additional: compileValidator(raw.validate_additional_rrs),
    },
    withDetails: raw.answer_details,
    allowedParams: new Set(raw.allow_query_params),
  };
}

function compileTransport(raw: RawDns, edns: EdnsRecipe | undefined): DnsTransport {
  const protocol = raw.transport_protocol;
  switch (protocol) {
    case '':
    case 'udp':
      if (raw.dns_over_tls) return { kind: 'tls-over-udp' };
      return {
        kind: 'udp',
        replyLimitBytes: edns?.udpSizeBytes ?? PLAIN_UDP_BYTES,
        retryOverTcp: raw.retry_over_tcp,
      };
    case 'tcp':
      return { kind: raw.dns_over_tls ? 'tls' : 'tcp' };
    case 'https': {
      const { method = 'POST', path = '/dns-query', enable_http2: http2 = true } = raw.doh ?? {};
      return { kind: 'https', method, path, http2 };
    }
    default:
      return { kind: 'unknown', protocol };
  }
}

function compileQuery(raw: RawDns): QueryRecipe {
  const type = typeNumber(raw.query_type);
  if (type === undefined) throw new ConfigError(`query type '${raw.query_type}' is not valid`, ['query_type']);
  const number = queryClassNumber(raw.query_class);
  if (number === undefined) throw new ConfigError(`query class '${raw.query_class}' is not valid`, ['query_class']);
  return {
    name: bytesOf(raw.query_name),
    type,
    class: number,
    recursionDesired: raw.recursion_desired,
    ...(raw.edns !== undefined && { edns: compileEdns(raw.edns) }),
  };
}

function compileEdns(raw: RawDnsEdns): EdnsRecipe {
  return {
    udpSizeBytes: raw.udp_size,
    dnssecOk: raw.dnssec_ok,
    nsid: raw.nsid,
    ...(raw.client_subnet !== '' && { clientSubnet: compileSubnet(raw.client_subnet) }),
  };
}

function compileSubnet(text: string): ClientSubnet {
  const [, host = '', prefix = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseIpAddress(host);
  const prefixBits = Number(prefix);
  if (address === undefined || host.includes('%') || prefixBits > address.bytes.length * 8) {
    throw new ConfigError(`"${text}" is no network such as 192.0.2.0/24`, ['edns', 'client_subnet']);
  }
  return { family: address.family, bytes: address.bytes, prefixBits };
}

function compileRcodes(names: readonly string[]): ValidRcodes {
  const codes: number[] = [];
  for (const name of names) {
    const code = rcodeNumber(name);
    if (code === undefined) return { unknown: name };
    codes.push(code);
  }
  return { codes };
}

function compileValidator(raw: RawRrValidator): RrValidator {
  const problems: Problem[] = [];
  const compile = (patterns: readonly string[] = []): readonly GoRegexp[] =>
    patterns.flatMap((pattern) => compileValidated(pattern, problems));
  const validator = {
    failIfMatches: compile(raw.fail_if_matches_regexp),
    failUnlessAllMatch: compile(raw.fail_if_all_match_regexp),
    failIfNotMatches: compile(raw.fail_if_not_matches_regexp),
    failIfNoneMatches: compile(raw.fail_if_none_matches_regexp),
  };
  const needing = (['fail_if_not_matches_regexp', 'fail_if_none_matches_regexp'] as const).find(
    (key) => (raw[key] ?? []).length > 0,
  );
  return {
    ...validator,
    ...(needing !== undefined && { needsRecords: needing }),
    unusable: () => firstOf(problems),
  };
}

/** Says what is wrong with a pattern. */
type Problem = () => Promise<BadPattern | undefined>;

/** The compiled pattern, if it is not known to be invalid; what may be wrong with it is added to the problems. */
function compileValidated(regexp: string, problems: Problem[]): readonly GoRegexp[] {
  try {
    const compiled = compileSoundRegexp(regexp);
    // Nobody knows yet whether it is sound.
    if (compiled.testMilliseconds(1) === Infinity) problems.push(problemOfLater(regexp));
    return [compiled];
  } catch (error) {
    problems.push(() => Promise.resolve({ regexp, err: textOf(error) }));
    return [];
  }
}

async function firstOf(problems: readonly Problem[]): Promise<BadPattern | undefined> {
  for (const problem of problems) {
    const found = await problem();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is wrong with a pattern that is compiled later is found out in a thread, by the first probe that needs it. */
function problemOfLater(regexp: string): Problem {
  let known: Promise<BadPattern | undefined> | undefined;
  return () => {
    known ??= sourceProblem('regexp', regexp).then(
      (err) => (err === undefined ? undefined : { regexp, err }),
      (error: unknown) => {
        known = undefined;
        throw error;
      },
    );
    return known;
  };
}
