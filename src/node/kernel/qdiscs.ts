import type { Clock } from '../../values/clock.js';
import { takeTurns } from '../take-turns.js';
import type { KernelCalls } from './kernel-calls.js';
import { linkNames } from './links.js';
import { attributeText, NETLINK_ROUTE, netlinkAttributes, netlinkMessages, netlinkRequest } from './netlink-message.js';

const RTM_NEWQDISC = 36;
const RTM_GETQDISC = 38;
/** The length of struct tcmsg, and the place of its fields. */
const TC_BYTES = 20;
const AT_DEVICE = 4;
const AT_PARENT = 12;
/** The parent number of the root queueing discipline of a device. */
const TC_H_ROOT = 0xff_ff_ff_ff;

const TCA_KIND = 1;
const TCA_STATS2 = 7;
const TCA_STATS_BASIC = 1;
const TCA_STATS_QUEUE = 3;

/** A root queueing discipline, with fields by the names that `tc` gives them. */
export type KernelQdisc = Readonly<Record<string, string | number>>;

/** Asks for the root queueing disciplines of all network devices. */
export async function rootQdiscs(calls: KernelCalls, clock: Clock): Promise<readonly KernelQdisc[]> {
  const names = await linkNames(calls, clock);
  const answer = await calls.netlink(NETLINK_ROUTE, netlinkRequest(RTM_GETQDISC, Buffer.alloc(TC_BYTES), true));
  const found: KernelQdisc[] = [];
  await takeTurns(netlinkMessages(answer), clock, ({ type, body }) => {
    if (type !== RTM_NEWQDISC || body.length < TC_BYTES || body.readUInt32LE(AT_PARENT) !== TC_H_ROOT) return;
    const dev = names.get(body.readInt32LE(AT_DEVICE));
    if (dev !== undefined) found.push({ dev, ...fieldsOf(body) });
  });
  return found;
}

function fieldsOf(body: Buffer): KernelQdisc {
  const attributes = netlinkAttributes(body, TC_BYTES);
  const kind = attributeText(attributes, TCA_KIND) ?? '';
  const statistics = netlinkAttributes(attributes.get(TCA_STATS2) ?? Buffer.alloc(0));
  const [basic, queue] = [statistics.get(TCA_STATS_BASIC), statistics.get(TCA_STATS_QUEUE)];
  return {
    kind,
    ...(basic !== undefined &&
      basic.length >= 12 && { bytes: Number(basic.readBigUInt64LE(0)), packets: basic.readUInt32LE(8) }),
    ...(queue !== undefined &&
      queue.length >= 20 && {
        qlen: queue.readUInt32LE(0),
        backlog: queue.readUInt32LE(4),
        drops: queue.readUInt32LE(8),
        requeues: queue.readUInt32LE(12),
        overlimits: queue.readUInt32LE(16),
      }),
  };
}
