import { isIP } from 'node:net';
import { joinHostPort } from '../host-port.js';

/** The settings of resolv.conf(5). Defaults and bounds are those of Go's resolver. */
export interface ResolvConf {
  /** `address:port`, at most three, at least one. */
  readonly servers: readonly string[];
  /** Suffixes without a leading dot, with a final one. */
  readonly search: readonly string[];
  readonly ndots: number;
  /** The time for one try at one server. */
  readonly timeoutSeconds: number;
  readonly attempts: number;
}

const LOCAL_SERVERS = ['127.0.0.1:53', '[::1]:53'];
const MOST_SERVERS = 3;
const MOST_NDOTS = 15;

/** Parses the format of /etc/resolv.conf; unknown lines are skipped. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  const options = { ndots: 1, timeoutSeconds: 5, attempts: 2 };
  let search: readonly string[] = [];
  for (const line of text.split('\n')) {
    if (/^[#;]/.test(line)) continue;
    const [keyword, ...words] = line.trim().split(/\s+/);
    const [word] = words;
    if (keyword === 'nameserver' && word !== undefined && servers.length < MOST_SERVERS && isIP(word) !== 0) {
      servers.push(joinHostPort(word, 53));
    } else if (keyword === 'domain' && word !== undefined) search = [suffix(word)];
    else if (keyword === 'search') search = words.map(suffix).filter((each) => each !== '.');
    else if (keyword === 'options') for (const option of words) readOption(option, options);
  }
  return { servers: servers.length === 0 ? LOCAL_SERVERS : servers, search, ...options };
}

function suffix(word: string): string {
  return word.endsWith('.') ? word : `${word}.`;
}

function readOption(option: string, options: { ndots: number; timeoutSeconds: number; attempts: number }): void {
  const found = /^(ndots|timeout|attempts):([0-9]+)$/.exec(option);
  if (found === null) return;
  const number = Number(found[2]);
  if (found[1] === 'ndots') options.ndots = Math.min(number, MOST_NDOTS);
  else if (found[1] === 'timeout') options.timeoutSeconds = Math.max(number, 1);
  else options.attempts = Math.max(number, 1);
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
