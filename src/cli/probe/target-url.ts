import { UsageError } from '../../flags/flag-definition.js';
import { type BuiltIn, builtIn, dnsModule } from './built-in-modules.js';

/** The prober and target that the scheme of a target selects when no module is named. */
export interface ChosenByScheme {
  readonly module: BuiltIn;
  /** The target as the prober takes it. */
  readonly target: string;
  /** Whether a module of that name in the configuration goes before the built-in one. */
  readonly isNamed: boolean;
}

interface Scheme {
  readonly module: string;
  readonly defaultPort?: number;
}

/** Schemes whose targets are host and port. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map(
  Object.entries<Scheme>({
    tcp: { module: 'tcp_connect' },
    tls: { module: 'tcp_tls', defaultPort: 443 },
    grpc: { module: 'grpc_plain' },
    grpcs: { module: 'grpc', defaultPort: 443 },
    ssh: { module: 'ssh_banner', defaultPort: 22 },
    'smtp+starttls': { module: 'smtp_starttls', defaultPort: 25 },
  }),
);

/**
 * Chooses the built-in module by the scheme of a target; one without a scheme is meant to be http. Throws UsageError.
 */
export function chooseByScheme(text: string): ChosenByScheme {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  switch (scheme) {
    case undefined:
    case 'http':
    case 'https':
      return named('http_2xx', text);
    case 'ws':
    case 'wss':
      return named('websocket', text);
    case 'unix':
      return named('unix_connect', rest);
    case 'icmp':
      return named('icmp', rest.replace(/\/$/, '').replace(/^\[(.*)\]$/, '$1'));
    case 'dns':
      return dnsQuestion(text, rest);
    default:
      return hostAndPort(scheme, rest, text);
  }
}

function hostAndPort(scheme: string, rest: string, text: string): ChosenByScheme {
  const known = SCHEMES.get(scheme);
  if (known === undefined) {
    const schemes = ['http', 'https', 'ws', 'wss', 'dns', 'icmp', 'unix', ...SCHEMES.keys()].join(', ');
    throw new UsageError(`no module for "${text}": name one with -m, or use one of the schemes ${schemes}`);
  }
  const authority = rest.split('/', 1)[0] ?? '';
  const hasPort = /:\d+$/.test(authority) || known.defaultPort === undefined;
  return named(known.module, hasPort ? authority : `${authority}:${known.defaultPort}`);
}

/** `dns://server/name?type=MX&transport=tcp` */
function dnsQuestion(text: string, rest: string): ChosenByScheme {
  const match = /^([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest);
  const server = match?.[1];
  if (server === undefined) throw new UsageError(`"${text}" has no server: write dns://SERVER/NAME?type=A`);
  const name = match?.[2] ?? '';
  if (name === '') return named('dns_a', server);
  const parameters = new URLSearchParams(match?.[3] ?? '');
  const type = (parameters.get('type') ?? 'A').toUpperCase();
  return {
    module: dnsModule({ name, type, transport: parameters.get('transport') ?? 'udp' }),
    target: server,
    isNamed: false,
  };
}

function named(name: string, target: string): ChosenByScheme {
  const module = builtIn(name);
  if (module === undefined) throw new Error(`There is no built-in module ${name}`);
  return { module, target, isNamed: true };
}
