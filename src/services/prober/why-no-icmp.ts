import type { ServiceLog } from '../../log/service-log.js';
import { loadIcmpAddon } from '../../probers/icmp/icmp-native.js';
import { IcmpSockets } from '../../probers/icmp/icmp-sockets.js';
import { describeIcmpSupport } from '../../probers/icmp/icmp-support.js';
import type { Platform } from '../platform.js';

/** Why icmp probes fail on this system, with the setting that is missing; undefined if they can succeed. */
export function whyNoIcmp({ icmpProblem }: Platform): string | undefined {
  if (icmpProblem !== undefined) return icmpProblem;
  const { ok, message } = describeIcmpSupport(new IcmpSockets(loadIcmpAddon()), '/proc');
  return ok ? undefined : message;
}

/** Logs whether ICMP works. That depends on the system and its privileges, and no configuration shows it. */
export function sayIcmpSupport(log: ServiceLog): void {
  const { ok, message } = describeIcmpSupport(new IcmpSockets(loadIcmpAddon()), '/proc');
  if (ok) log.info(message);
  else log.warn(message);
}
