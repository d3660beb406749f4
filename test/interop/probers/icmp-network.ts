import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import type { ChildAnswer, ChildProbe } from './icmp-probe-child.js';

/**
 * Three network namespaces in a row: the prober's (10.81.0.2, fd81::2), a router's, a host's (10.81.1.2, fd81:1::2).
 * The way from the router to the host has an MTU of 1400. The router also knows networks that it refuses: 10.81.2.0/24
 * is unreachable, 10.81.3.0/24 prohibited, 10.81.4.0/24 swallows everything; likewise fd81:2:: to fd81:4::. Of all
 * others it knows nothing.
 */
export interface Network {
  /** Runs probes in the prober's namespace, in a process of their own. */
  readonly probe: (probes: readonly ChildProbe[], who?: 'root' | 'nobody') => ChildAnswer;
  /** The groups that may open datagram sockets there. */
  readonly setPingGroups: (range: 'all' | 'none') => void;
}

const CHILD = fileURLToPath(new URL('./icmp-probe-child.js', import.meta.url));

/** Why there can be no such network here; undefined if there can. */
export function noNetwork(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces take root';
  const name = `sonde-try-${process.pid}`;
  const { status, error, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (error !== undefined) return 'there is no `ip` (iproute2)';
  if (status !== 0) return `no network namespace can be made: ${stderr.trim()}`;
  run('ip', ['netns', 'del', name]);
  return undefined;
}

/** Builds the network; it goes away with the test. */
export function buildNetwork(t: Test): Network {
  const [prober, router, host] = ['prober', 'router', 'host'].map((name) => `sonde-${process.pid}-${name}`) as [
    string,
    string,
    string,
  ];
  for (const name of [prober, router, host]) {
    run('ip', ['netns', 'add', name]);
    t.teardown(() => {
      run('ip', ['netns', 'del', name]);
    });
    ip(name, 'link set lo up');
    // Addresses are good at once, those that the links give themselves too.
    for (const links of ['all', 'default']) sysctl(name, `net.ipv6.conf.${links}.accept_dad=0`);
  }
  connect([prober, '10.81.0.2/24', 'fd81::2/64'], [router, '10.81.0.1/24', 'fd81::1/64'], 1500);
  connect([host, '10.81.1.2/24', 'fd81:1::2/64'], [router, '10.81.1.1/24', 'fd81:1::1/64'], 1400);
  for (const setting of ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']) sysctl(router, setting);
  // Errors come at once, however many were sent before, and a neighbour that does not answer is given up soon.
  for (const setting of [
    'net.ipv4.icmp_ratemask=0',
    'net.ipv6.icmp.ratelimit=0',
    'net.ipv6.neigh.from-1400.mcast_solicit=1',
    'net.ipv6.neigh.from-1400.retrans_time_ms=100',
  ]) {
    sysctl(router, setting);
  }
  ip(prober, 'route add default via 10.81.0.1');
  ip(prober, '-6 route add default via fd81::1');
  ip(host, 'route add default via 10.81.1.1');
  ip(host, '-6 route add default via fd81:1::1');
  for (const [kind, number] of [
    ['unreachable', 2],
    ['prohibit', 3],
    ['blackhole', 4],
  ] as const) {
    ip(router, `route add ${kind} 10.81.${number}.0/24`);
    ip(router, `-6 route add ${kind} fd81:${number}::/64`);
  }
  return {
    setPingGroups: (range) => {
      sysctl(prober, `net.ipv4.ping_group_range=${range === 'all' ? '0 2147483647' : '1 0'}`);
    },
    probe: (probes, who = 'root') => {
      const drop = who === 'root' ? [] : ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
      const args = ['netns', 'exec', prober, ...drop, process.execPath, CHILD, JSON.stringify(probes)];
      // The child writes what ChildAnswer says.
      return JSON.parse(run('ip', args)) as ChildAnswer;
    },
  };
}

type End = readonly [namespace: string, v4: string, v6: string];

function connect(one: End, other: End, mtu: number): void {
  const [name] = one;
  const links = [`to-${mtu}`, `from-${mtu}`] as const;
  ip(name, `link add ${links[0]} type veth peer name ${links[1]} netns ${other[0]}`);
  for (const [index, [namespace, v4, v6]] of [one, other].entries()) {
    const link = links[index] ?? '';
    ip(namespace, `link set ${link} mtu ${mtu} up`);
    ip(namespace, `addr add ${v4} dev ${link}`);
    ip(namespace, `addr add ${v6} dev ${link} nodad`);
  }
}

function ip(namespace: string, command: string): void {
  run('ip', ['-n', namespace, ...command.split(' ')]);
}

function sysctl(namespace: string, setting: string): void {
  run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', setting]);
}

function run(command: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`Cannot run "${command} ${args.join(' ')}": ${stderr}`);
  return stdout;
}
