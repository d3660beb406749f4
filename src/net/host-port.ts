/** The two halves of `host:port`; an IPv6 host comes without its brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: string;
}

/** Splits `host:port` or `[v6]:port` by the rules of Go's net.SplitHostPort; throws an Error with Go's text. */
export function splitHostPort(text: string): HostPort {
  const colon = text.lastIndexOf(':');
  if (colon < 0) throw addressError(text, 'missing port in address');
  if (text.startsWith('[')) return splitBracketed(text, colon);
  const host = text.slice(0, colon);
  if (host.includes(':')) throw addressError(text, 'too many colons in address');
  if (text.includes('[')) throw addressError(text, "unexpected '[' in address");
  if (text.includes(']')) throw addressError(text, "unexpected ']' in address");
  return { host, port: text.slice(colon + 1) };
}

function splitBracketed(text: string, colon: number): HostPort {
  const end = text.indexOf(']');
  if (end < 0) throw addressError(text, "missing ']' in address");
  if (end + 1 !== colon) {
    throw addressError(text, text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address');
  }
  if (text.includes('[', 1)) throw addressError(text, "unexpected '[' in address");
  if (text.includes(']', end + 1)) throw addressError(text, "unexpected ']' in address");
  return { host: text.slice(1, end), port: text.slice(colon + 1) };
}

/** The opposite of splitHostPort: a host with a colon gets brackets, as by Go's net.JoinHostPort. */
export function joinHostPort(host: string, port: string | number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The service names that Go's resolver knows where there is no /etc/services. */
const COMMON_TCP_SERVICES: ReadonlyMap<string, number> = new Map([
  ['domain', 53],
  ['ftp', 21],
  ['ftps', 990],
  ['gopher', 70],
  ['http', 80],
  ['https', 443],
  ['imap2', 143],
  ['imap3', 220],
  ['imaps', 993],
  ['pop3', 110],
  ['pop3s', 995],
  ['smtp', 25],
  ['submissions', 465],
  ['ssh', 22],
  ['telnet', 23],
]);

/** A port from its digits or its service name; "" is 0. Throws an Error with the text of Go's net.LookupPort. */
export function parsePort(port: string, services: ReadonlyMap<string, number> = COMMON_TCP_SERVICES): number {
  if (/^[+-]?[0-9]*$/.test(port)) {
    const number = port === '' || port === '+' || port === '-' ? 0 : Number(port);
    if (number < 0 || number > 65535) throw addressError(port, 'invalid port');
    return number + 0;
  }
  const known = services.get(port.toLowerCase());
  if (known === undefined) throw new Error(`lookup tcp/${port}: unknown port`);
  return known;
}

/** Does what parsePort does, but returns undefined where that throws. */
export function portOrNone(port: string, services?: ReadonlyMap<string, number>): number | undefined {
  try {
    return parsePort(port, services);
  } catch {
    return undefined;
  }
}

/** The TCP services of a file in the format of /etc/services, aliases included. */
export function parseServices(text: string): ReadonlyMap<string, number> {
  const services = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name, portAndProtocol, ...aliases] = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
    const [port = '', protocol] = (portAndProtocol ?? '').split('/');
    if (name === undefined || protocol !== 'tcp' || !/^[0-9]+$/.test(port)) continue;
    for (const known of [name, ...aliases]) services.set(known.toLowerCase(), Number(port));
  }
  return services;
}

function addressError(address: string, problem: string): Error {
  return new Error(`address ${address}: ${problem}`);
}
