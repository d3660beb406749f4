import type { Clock } from '../../values/clock.js';
import { takeTurns } from '../take-turns.js';
import type { KernelCalls } from './kernel-calls.js';
import { attributeText, NETLINK_ROUTE, netlinkAttributes, netlinkMessages, netlinkRequest } from './netlink-message.js';

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
/** The length of struct ifinfomsg. */
const LINK_BYTES = 16;
const IFLA_IFNAME = 3;

/** Asks for the names of the network devices, by their numbers. */
export async function linkNames(calls: KernelCalls, clock: Clock): Promise<ReadonlyMap<number, string>> {
  const answer = await calls.netlink(NETLINK_ROUTE, netlinkRequest(RTM_GETLINK, Buffer.alloc(LINK_BYTES), true));
  const names = new Map<number, string>();
  await takeTurns(netlinkMessages(answer), clock, ({ type, body }) => {
    if (type !== RTM_NEWLINK || body.length < LINK_BYTES) return;
    const name = attributeText(netlinkAttributes(body, LINK_BYTES), IFLA_IFNAME);
    if (name !== undefined) names.set(body.readInt32LE(4), name);
  });
  return names;
}
