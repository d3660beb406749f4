import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { REPOSITORY } from '../test/helpers/peer.js';
import { startChildService } from '../test/helpers/services/child-service.js';
import { makeAuthority } from '../test/helpers/tls/certificates.js';

/** What a schedule is measured with: targets that answer at once, and the modules that probe them. */
export interface ScheduleTargets {
  readonly config: string;
  /** The text of a targets file with so many targets. */
  readonly file: (count: number) => string;
  readonly stop: () => Promise<void>;
}

/** The probers of the targets, each with its part of a hundred. */
type Mix = readonly (readonly [module: string, percent: number])[];

const HTTP_AND_TCP: Mix = [
  ['http_2xx', 70],
  ['tcp_connect', 30],
];
/** Sending ICMP needs a right that root has. */
const PING: Mix = process.getuid?.() === 0 ? [['icmp', 5]] : [['tcp_connect', 5]];
const ALL: Mix = [['http_2xx', 45], ['https_2xx', 20], ['tcp_connect', 15], ['dns_a', 10], ['grpc', 5], ...PING];

/** Modules by name; `ca` is that of the HTTPS server. */
function configOf(ca: string): string {
  const ip4 = 'preferred_ip_protocol: ip4';
  return `modules:
  http_2xx: { prober: http, timeout: 5s, http: { ${ip4} } }
  https_2xx: { prober: http, timeout: 5s, http: { ${ip4}, tls_config: { ca: ${JSON.stringify(ca)} } } }
  tcp_connect: { prober: tcp, timeout: 5s, tcp: { ${ip4} } }
  dns_a: { prober: dns, timeout: 5s, dns: { ${ip4}, query_name: example.com, query_type: A } }
  grpc: { prober: grpc, timeout: 5s, grpc: { ${ip4} } }
  icmp: { prober: icmp, timeout: 5s, icmp: { ${ip4} } }
`;
}

/** Starts servers for http and tcp, or with `isMixed` for all probers that need nothing but this machine. */
export async function startScheduleTargets(isMixed: boolean): Promise<ScheduleTargets> {
  const authority = await makeAuthority();
  const { cert, key } = await authority.issue({ subject: 'CN=localhost' });
  const http = createServer((_request, response) => response.end('ok'));
  const https = createHttpsServer({ cert, key }, (_request, response) => response.end('ok'));
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.end();
  });
  const [httpPort, httpsPort, tcpPort] = await Promise.all([listen(http), listen(https), listen(tcp, '0.0.0.0')]);
  const programs = await Promise.all(isMixed ? [startProgram('dns-target.js'), startProgram('grpc-target.js')] : []);
  const [dns, grpc] = programs;
  const targetOf: Readonly<Record<string, (index: number) => string>> = {
    http_2xx: (index) => `http://127.0.0.1:${httpPort}/${index}`,
    https_2xx: (index) => `https://127.0.0.1:${httpsPort}/${index}`,
    tcp_connect: (index) => `${ownAddress(index)}:${tcpPort}`,
    dns_a: () => dns?.address ?? '',
    grpc: () => grpc?.address ?? '',
    icmp: ownAddress,
  };
  return {
    config: configOf(authority.cert),
    file: (count) => JSON.stringify(groupsOf(count, isMixed ? ALL : HTTP_AND_TCP, targetOf)),
    stop: async () => {
      for (const server of [http, https, tcp]) server.close();
      await Promise.all(programs.map((program) => program.stop()));
    },
  };
}

/** 127.0.0.0/8 is all this host. */
function ownAddress(index: number): string {
  return `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

/** Those whose targets all have one address: a parameter, which no module here declares, makes them different. */
const ALIKE: ReadonlySet<string> = new Set(['dns_a', 'grpc']);

function groupsOf(count: number, mix: Mix, targetOf: Readonly<Record<string, (index: number) => string>>): unknown[] {
  const modules = mix.flatMap(([module, percent]) => Array.from({ length: percent }, () => module));
  const targets = new Map<string, string[]>(modules.map((module) => [module, []]));
  const groups: unknown[] = [];
  for (let index = 0; index < count; index++) {
    const module = modules[(index * 37) % modules.length] ?? '';
    const target = targetOf[module]?.(index) ?? '';
    const n = String(index);
    if (ALIKE.has(module)) groups.push({ targets: [target], labels: { module, team: 'net', n, __param_n: n } });
    else targets.get(module)?.push(target);
  }
  const others = [...targets].map(([module, of]) => ({ targets: of, labels: { module, team: 'net' } }));
  return [...others, ...groups];
}

async function listen(server: Server | TcpServer, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

function startProgram(program: string) {
  const args = [join(REPOSITORY, 'dist/bench', program)];
  return startChildService({ command: process.execPath, args, ready: /Listening on (\S+)/ });
}
