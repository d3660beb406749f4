// Runs probes in the network namespace that this process was started in: reads them as JSON from its first argument,
// writes what came of them.
import process from 'node:process';
import { loadIcmpAddon } from '../../../src/probers/icmp/icmp-native.js';
import { IcmpSockets } from '../../../src/probers/icmp/icmp-sockets.js';
import { describeIcmpSupport } from '../../../src/probers/icmp/icmp-support.js';
import { probe } from '../../helpers/services/probe.js';

export interface ChildProbe {
  readonly icmp: Readonly<Record<string, unknown>>;
  readonly target: string;
  readonly timeoutSeconds: number;
}

export interface ChildAnswer {
  readonly support: string;
  readonly probes: readonly {
    readonly verdict: string;
    readonly metrics: Readonly<Record<string, number>>;
    readonly log: string;
  }[];
}

const wanted = JSON.parse(process.argv[2] ?? '[]') as readonly ChildProbe[];
const { message } = describeIcmpSupport(new IcmpSockets(loadIcmpAddon()), '/proc');
const probes = [];
for (const { icmp, target, timeoutSeconds } of wanted) {
  const { verdict, metrics, log } = await probe(JSON.stringify({ prober: 'icmp', icmp }), target, { timeoutSeconds });
  probes.push({ verdict, metrics, log });
}
process.stdout.write(JSON.stringify({ support: message, probes } satisfies ChildAnswer));
