import dgram from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { FAILURE_REASONS, PHASES } from '../../src/probe/failure.js';
import { probe, type Probed, type ProbeOptions } from '../helpers/services/probe.js';

/** A server of one contract test; whoever starts it has it closed when the test ends (`t.teardown`). */
export interface ContractServer {
  /** What a probe is pointed at. */
  readonly target: string;
  /** Connections (requests, for a protocol without any) that are open at this moment. */
  readonly open: () => number;
  /** Resolves once somebody has connected, or asked, for the first time. */
  readonly reached: Promise<void>;
}

/**
 * The row that a prober adds to the suite. What does not exist for a prober is left out, with the reason in a comment.
 */
export interface ProberContract {
  readonly prober: string;
  /** What the block named like the prober needs in every test, as YAML (`query_name: x.test`); "" if nothing. */
  readonly block?: string;
  /** A server that makes the block succeed, on 127.0.0.1. */
  readonly startServer: (t: Test) => Promise<ContractServer>;
  /**
   * A server that accepts and then says nothing, and a block (`block` where absent) with which the probe waits for it.
   */
  readonly silent?: {
    readonly start: (t: Test) => Promise<ContractServer>;
    readonly block?: string;
    /** `phase/reason` of the failure when the time is up. */
    readonly verdict: string;
  };
  /** A target on 127.0.0.1 that nothing listens at, and the verdict on it. */
  readonly refused?: { readonly target: (t: Test) => Promise<string>; readonly verdict: string };
  /** Targets that make no sense to the prober; the verdict on each is setup/invalid_target. */
  readonly invalidTargets?: readonly string[];
  /**
   * For probers that resolve names: the target for `host` in the form that the prober wants, at the place of `target`
   * (127.0.0.1).
   */
  readonly targetFor?: (host: string, target: string) => string;
  /**
   * Which address of the other family it falls back to where there are several: the last one, as upstream, or the first
   * one, as Go's dialer, which the real exporters of servers use. The last one where absent.
   */
  readonly fallsBackTo?: 'first' | 'last';
  /** A server that shows by what name it was addressed, where the `hostname` parameter has a meaning. */
  readonly hostname?: (t: Test) => Promise<{
    readonly target: string;
    readonly block?: string;
    /** The names that the server was addressed by, in order. */
    readonly names: readonly (string | undefined)[];
  }>;
}

/**
 * What every prober has to do: the deadline, the signal, the sockets, the gauges and the failures are the same
 * everywhere.
 */
export function proberContract(t: Test, contract: ProberContract): void {
  const { prober, block = '' } = contract;
  const run = (target: string, { more = '', ...options }: RunOptions = {}): Promise<Probed> =>
    probe(moduleYaml(prober, `${options.block ?? block}\n${more}`), target, options);

  t.test(`${prober}: succeeds`, (t) => succeeds(t, contract, run));
  t.test(`${prober}: no time at all`, (t) => noTime(t, contract, run));
  t.test(`${prober}: nobody waits any more`, (t) => cancelledBefore(t, contract, run));
  if (contract.silent !== undefined) {
    t.test(`${prober}: a silent server costs the timeout`, (t) => silentServer(t, contract, run));
    t.test(`${prober}: cancelled while it waits`, (t) => cancelledWithin(t, contract, run));
  }
  if (contract.refused !== undefined) t.test(`${prober}: nothing listens`, (t) => refused(t, contract, run));
  if (contract.invalidTargets !== undefined)
    t.test(`${prober}: targets that make no sense`, (t) => invalid(t, contract, run));
  if (contract.targetFor !== undefined) t.test(`${prober}: address families`, (t) => families(t, contract, run));
  if (contract.hostname !== undefined) t.test(`${prober}: hostname parameter`, (t) => hostname(t, contract, run));
}

interface RunOptions extends ProbeOptions {
  /** In place of the contract's block. */
  readonly block?: string;
  /** Keys beside the block. */
  readonly more?: string;
}

type Run = (target: string, options?: RunOptions) => Promise<Probed>;

function moduleYaml(prober: string, block: string): string {
  const lines = block.split('\n').filter((line) => line.trim() !== '');
  return [`prober: ${prober}`, `${prober}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

const SHARED_GAUGES = ['probe_success', 'probe_duration_seconds', 'probe_timeout_seconds'] as const;

async function succeeds(t: Test, contract: ProberContract, run: Run): Promise<void> {
  const server = await contract.startServer(t);
  const { verdict, metrics, outcome } = await run(server.target, { timeoutSeconds: 20 });
  t.equal(verdict, 'ok');
  t.hasProps(metrics, [...SHARED_GAUGES]);
  t.equal(metrics['probe_success'], 1);
  t.equal(metrics['probe_timeout_seconds'], 20);
  t.strictSame(failureInfos(metrics), [], 'no probe_failure_info');
  t.equal(outcome.failure, undefined);
  await allClosed(t, server);
}

async function noTime(t: Test, contract: ProberContract, run: Run): Promise<void> {
  const server = await contract.startServer(t);
  for (const timeoutSeconds of [0, -1]) {
    const probed = await run(server.target, { timeoutSeconds });
    failsProperly(t, probed, `timeout ${timeoutSeconds}`);
  }
  await allClosed(t, server);
}

async function cancelledBefore(t: Test, contract: ProberContract, run: Run): Promise<void> {
  const server = await contract.startServer(t);
  const probed = await run(server.target, { cancelled: AbortSignal.abort() });
  failsProperly(t, probed, 'cancelled before it began');
  t.match(probed.verdict, /\/probe_cancelled$/);
  await allClosed(t, server);
}

async function silentServer(t: Test, { silent }: ProberContract, run: Run): Promise<void> {
  const server = await silent!.start(t);
  const probed = await run(server.target, { ...blockOf(silent), timeoutSeconds: 0.3 });
  failsProperly(t, probed, 'silent server');
  t.equal(probed.verdict, silent!.verdict);
  const [phase = ''] = probed.verdict.split('/');
  const waited = probed.metrics[`probe_failed_phase_duration_seconds{phase="${phase}"}`] ?? 0;
  t.ok(waited > 0.1, 'most of the time was spent waiting');
  await allClosed(t, server);
}

async function cancelledWithin(t: Test, { silent }: ProberContract, run: Run): Promise<void> {
  const server = await silent!.start(t);
  const controller = new AbortController();
  const running = run(server.target, { ...blockOf(silent), cancelled: controller.signal, timeoutSeconds: 600 });
  await server.reached;
  controller.abort();
  const probed = await running;
  failsProperly(t, probed, 'cancelled');
  t.match(probed.verdict, /\/probe_cancelled$/);
  await allClosed(t, server);
}

async function refused(t: Test, contract: ProberContract, run: Run): Promise<void> {
  const probed = await run(await contract.refused!.target(t));
  failsProperly(t, probed, 'refused');
  t.equal(probed.verdict, contract.refused!.verdict);
}

async function invalid(t: Test, contract: ProberContract, run: Run): Promise<void> {
  for (const target of contract.invalidTargets!) {
    const probed = await run(target);
    failsProperly(t, probed, target);
    t.equal(probed.verdict, 'setup/invalid_target', target);
  }
}

/** Two addresses of a name, so that the first can be told from the last. */
const HOSTS = `127.0.0.1 only4.test
127.0.0.1 first4.test
127.0.0.2 first4.test
127.0.0.2 last4.test
127.0.0.1 last4.test
`;

/** A DNS server that knows no name at all. Returns its `address:port`. */
async function startEmptyDns(t: Test): Promise<string> {
  const server = dgram.createSocket('udp4', (query, { address, port }) => {
    const reply = Buffer.from(query);
    // QR, RD and RA, then NXDOMAIN (RFC 1035, 4.1.1); an EDNS record of the query may stay.
    reply.writeUInt16BE(0x8183, 2);
    server.send(reply, port, address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

const IPV4_ONLY = 'preferred_ip_protocol: ip4\nip_protocol_fallback: false';
const IPV6_ONLY = 'preferred_ip_protocol: ip6\nip_protocol_fallback: false';

const FAMILY_ROWS = [
  { name: 'name, IPv4 wanted', host: 'only4.test', more: IPV4_ONLY, verdict: 'ok', protocol: 4 },
  {
    name: 'name, fallback to IPv4',
    host: 'only4.test',
    more: 'ip_protocol_fallback: true',
    verdict: 'ok',
    protocol: 4,
  },
  { name: 'the first of two', host: 'first4.test', more: IPV4_ONLY, verdict: 'ok', protocol: 4 },
  {
    name: 'one of two as fallback',
    host: 'FALLBACK.test',
    more: 'ip_protocol_fallback: true',
    verdict: 'ok',
    protocol: 4,
  },
  {
    name: 'name without IPv6',
    host: 'only4.test',
    more: IPV6_ONLY,
    verdict: 'resolve/dns_no_suitable_address',
    protocol: 0,
  },
  {
    name: 'address of the other family',
    host: '127.0.0.1',
    more: IPV6_ONLY,
    verdict: 'resolve/dns_no_suitable_address',
    protocol: 0,
  },
  { name: 'no such name', host: 'none.test', more: '', verdict: 'resolve/dns_no_such_host', protocol: 0 },
];

/** FNV-1a of 127.0.0.1, as upstream computes it. */
const HASH_OF_LOOPBACK = 3668918509;

async function families(t: Test, contract: ProberContract, run: Run): Promise<void> {
  const server = await contract.startServer(t);
  const hostsFile = join(t.testdir({ hosts: HOSTS }), 'hosts');
  const dnsServers = [await startEmptyDns(t)];
  for (const { name, host, more, verdict, protocol } of FAMILY_ROWS) {
    const name4 = host.replace('FALLBACK', `${contract.fallsBackTo ?? 'last'}4`);
    const probed = await run(contract.targetFor!(name4, server.target), { more, hostsFile, dnsServers });
    t.equal(probed.verdict, verdict, name);
    if (verdict !== 'ok') failsProperly(t, probed, name);
    t.equal(probed.metrics['probe_ip_protocol'], protocol, `${name}: probe_ip_protocol`);
    t.equal(probed.metrics['probe_ip_addr_hash'], protocol === 0 ? 0 : HASH_OF_LOOPBACK, `${name}: probe_ip_addr_hash`);
    t.hasProp(probed.metrics, 'probe_dns_lookup_time_seconds', `${name}: probe_dns_lookup_time_seconds`);
  }
  await allClosed(t, server);
}

async function hostname(t: Test, contract: ProberContract, run: Run): Promise<void> {
  const server = await contract.hostname!(t);
  await run(server.target, { ...blockOf(server), hostname: 'named.test' });
  t.strictSame(server.names, ['named.test']);
}

function blockOf(row: { readonly block?: string } | undefined): { block?: string } {
  return row?.block === undefined ? {} : { block: row.block };
}

function failureInfos(metrics: Readonly<Record<string, number>>): string[] {
  return Object.keys(metrics).filter((series) => series.startsWith('probe_failure_info'));
}

/** One probe_failure_info, in documented words, and the gauges that every probe has. */
function failsProperly(t: Test, { metrics, verdict, log }: Probed, name: string): void {
  const [phase = '', reason = ''] = verdict.split('/');
  t.hasProp(PHASES, phase, `${name}: the phase is documented`);
  t.hasProp(FAILURE_REASONS, reason, `${name}: the reason is documented`);
  t.strictSame(
    failureInfos(metrics),
    [`probe_failure_info{phase="${phase}",reason="${reason}"}`],
    `${name}: says why, once`,
  );
  t.hasProps(metrics, [...SHARED_GAUGES], `${name}: has the shared gauges`);
  saysHowLong(t, { metrics, phase, log }, name);
  t.equal(metrics['probe_success'], 0, `${name}: is no success`);
  t.match(log, `"reason":"${reason}"`, `${name}: the log says the same`);
}

/** One probe_failed_phase_duration_seconds, within the probe's own duration, and the same in the log. */
function saysHowLong(
  t: Test,
  { metrics, phase, log }: Pick<Probed, 'metrics' | 'log'> & { readonly phase: string },
  name: string,
): void {
  const series = Object.keys(metrics).filter((key) => key.startsWith('probe_failed_phase_duration_seconds'));
  t.strictSame(series, [`probe_failed_phase_duration_seconds{phase="${phase}"}`], `${name}: the phase's time, once`);
  const seconds = metrics[series[0] ?? ''] ?? NaN;
  const whole = (metrics['probe_duration_seconds'] ?? 0) + NANOSECOND;
  t.ok(seconds >= 0 && seconds <= whole, `${name}: within the whole`);
  const logged = new RegExp(`error Probe failed .*"${phase}_seconds":([0-9.e-]+)`).exec(log)?.[1];
  if (phase === 'setup') t.equal(logged, undefined, `${name}: before any phase`);
  // The log has all visits of a phase, the gauge what went by from the last one to the failure.
  else t.ok(Number(logged) >= 0 && Number(logged) <= whole, `${name}: the log has the phase`);
}

const NANOSECOND = 1e-9;

/** Waits for the server to notice; the runner's time limit is what fails here. */
async function allClosed(t: Test, { open }: ContractServer): Promise<void> {
  while (open() > 0) await sleep(5);
  t.pass('every socket is closed');
}
