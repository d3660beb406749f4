import { isIP } from 'node:net';
import { joinHostPort } from '../host-port.js';

/** The settings of resolv.conf(5). Defaults and bounds are those of Go's resolver, if nothing else is said. */
export interface ResolvConf extends ResolvOptions {
  /** `address:port`, at most three, at least one. */
  readonly servers: readonly string[];
  /** Suffixes without a leading dot, with a final one. */
  readonly search: readonly string[];
}

/** What `options` lines say. */
interface ResolvOptions {
  readonly ndots: number;
  /** The time for one try at one server. */
  readonly timeoutSeconds: number;
  /** At most MOST_ATTEMPTS; Go has no bound. */
  readonly attempts: number;
  /** Each question is put to another server first. */
  readonly rotate: boolean;
  /** The two families are asked for one after the other. */
  readonly singleRequest: boolean;
  /** Questions go over TCP only. */
  readonly useTcp: boolean;
  /** Questions have the flag AD. */
  readonly trustAd: boolean;
  /** The file is not looked at again. */
  readonly noReload: boolean;
}

const LOCAL_SERVERS = ['127.0.0.1:53', '[::1]:53'];
const MOST_SERVERS = 3;
const MOST_NDOTS = 15;
/** A server that refuses at once is asked in vain as often as this. */
const MOST_ATTEMPTS = 100;

const DEFAULTS: ResolvOptions = {
  ndots: 1,
  timeoutSeconds: 5,
  attempts: 2,
  rotate: false,
  singleRequest: false,
  useTcp: false,
  trustAd: false,
  noReload: false,
};

/**
 * Parses the format of /etc/resolv.conf; unknown lines are skipped. Without a search list, the domain of `hostname` is
 * searched.
 */
export function parseResolvConf(text: string, hostname: string): ResolvConf {
  const servers: string[] = [];
  let options = DEFAULTS;
  let search: readonly string[] = [];
  for (const line of text.split('\n')) {
    if (/^[#;]/.test(line)) continue;
    const [keyword, ...words] = line.trim().split(/\s+/);
    const [word] = words;
    if (keyword === 'nameserver' && word !== undefined && servers.length < MOST_SERVERS && isIP(word) !== 0) {
      servers.push(joinHostPort(word, 53));
    } else if (keyword === 'domain' && word !== undefined) search = [suffix(word)];
    else if (keyword === 'search') search = words.map(suffix).filter((each) => each !== '.');
    else if (keyword === 'options') for (const option of words) options = { ...options, ...readOption(option) };
  }
  if (search.length === 0) search = domainOf(hostname);
  return { servers: servers.length === 0 ? LOCAL_SERVERS : servers, search, ...options };
}

/** Names in queries are strings of octets; nothing else than a suffix can have characters beyond ASCII. */
function suffix(word: string): string {
  return Buffer.from(word.endsWith('.') ? word : `${word}.`).toString('latin1');
}

/** What follows the first dot. */
function domainOf(hostname: string): readonly string[] {
  const [, ...labels] = hostname.split('.');
  const domain = labels.join('.');
  return domain === '' ? [] : [suffix(domain)];
}

/** The options without a number; those of other systems have other names. */
const SWITCHES: ReadonlyMap<string, Partial<ResolvOptions>> = new Map<string, Partial<ResolvOptions>>([
  ['rotate', { rotate: true }],
  ['single-request', { singleRequest: true }],
  ['single-request-reopen', { singleRequest: true }],
  ['use-vc', { useTcp: true }],
  ['usevc', { useTcp: true }],
  ['tcp', { useTcp: true }],
  ['trust-ad', { trustAd: true }],
  ['no-reload', { noReload: true }],
]);

/** A number is as many digits as there are; none are zero. */
function readOption(option: string): Partial<ResolvOptions> | undefined {
  const [, name, digits = ''] = /^(ndots|timeout|attempts):([0-9]*)/.exec(option) ?? [];
  const number = Number(digits);
  switch (name) {
    case 'ndots':
      return { ndots: Math.min(number, MOST_NDOTS) };
    case 'timeout':
      return { timeoutSeconds: Math.max(number, 1) };
    case 'attempts':
      return { attempts: Math.min(Math.max(number, 1), MOST_ATTEMPTS) };
    default:
      return SWITCHES.get(option);
  }
}

const LONGEST_NAME = 254;

/**
 * The absolute names to ask for, in this order, by the rules of Go's resolver; none for a name that cannot be in DNS.
 */
export function candidateNames(name: string, { search, ndots }: Pick<ResolvConf, 'search' | 'ndots'>): string[] {
  if (!isDomainName(name)) return [];
  if (name.endsWith('.')) return [name].filter(isInDns);
  const dots = name.split('.').length - 1;
  const absolute = `${name}.`;
  const searched = search.map((each) => `${name}.${each}`).filter((each) => each.length <= LONGEST_NAME);
  return (dots >= ndots ? [absolute, ...searched] : [...searched, absolute]).filter(isInDns);
}

/** Onion names never go to a name server (RFC 7686). */
function isInDns(name: string): boolean {
  return !/\.onion\.?$/i.test(name);
}

/**
 * Whether `name` can be a host name in DNS: labels of 1 to 63 bytes from letters, digits, `-` and `_`, and not digits
 * only.
 */
export function isDomainName(name: string): boolean {
  if (name === '.') return true;
  if (name.length > LONGEST_NAME || (name.length === LONGEST_NAME && !name.endsWith('.'))) return false;
  const labels = name.replace(/\.$/, '').split('.');
  return /[^0-9.]/.test(name) && labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}
