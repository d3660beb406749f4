import { formatIpBytes } from '../../values/address/ip-address.js';
import type { Clock } from '../../values/clock.js';
import { takeTurns } from '../take-turns.js';
import type { KernelCalls } from './kernel-calls.js';
import {
  type Attributes,
  attributeU32,
  NETLINK_ROUTE,
  netlinkAttributes,
  netlinkMessages,
  netlinkRequest,
} from './netlink-message.js';

const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
/** The length of struct rtmsg, and the place of its fields. */
const ROUTE_BYTES = 12;
const AT_PREFIX_LENGTH = 1;
const AT_PROTOCOL = 5;
const AT_TYPE = 7;
/** A route to other hosts; the others are addresses of this one, broadcasts and such. */
const RTN_UNICAST = 1;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_MULTIPATH = 9;
/** The length of struct rtnexthop without its attributes. */
const HOP_BYTES = 8;

/** A route to other hosts; a route with several hops becomes one for each of them. */
export interface Route {
  /** The number of the network device, 0 where there is none. */
  readonly device: number;
  readonly source: string;
  /** `192.0.2.0/24`, or `default`. */
  readonly destination: string;
  readonly gateway: string;
  readonly priority: number;
  /** The origin of the route: an `RTPROT_` number of rtnetlink(7). */
  readonly protocol: number;
  /** The share of a hop among several; undefined for a route with one. */
  readonly weight: number | undefined;
}

/** Asks for all routes of all tables, and calls `found` for each. */
export async function eachRoute(calls: KernelCalls, clock: Clock, found: (route: Route) => void): Promise<void> {
  const answer = await calls.netlink(NETLINK_ROUTE, netlinkRequest(RTM_GETROUTE, Buffer.alloc(ROUTE_BYTES), true));
  await takeTurns(netlinkMessages(answer), clock, ({ type, body }) => {
    if (type !== RTM_NEWROUTE || body.length < ROUTE_BYTES || body[AT_TYPE] !== RTN_UNICAST) return;
    for (const route of routesIn(body)) found(route);
  });
}

function* routesIn(body: Buffer): Generator<Route> {
  const attributes = netlinkAttributes(body, ROUTE_BYTES);
  const route = {
    source: addressOf(attributes, RTA_PREFSRC),
    destination: destinationOf(attributes, body[AT_PREFIX_LENGTH] ?? 0),
    priority: attributeU32(attributes, RTA_PRIORITY) ?? 0,
    protocol: body[AT_PROTOCOL] ?? 0,
  };
  const hops = attributes.get(RTA_MULTIPATH);
  if (hops === undefined || hops.length === 0) {
    const gateway = addressOf(attributes, RTA_GATEWAY);
    yield { ...route, device: attributeU32(attributes, RTA_OIF) ?? 0, gateway, weight: undefined };
    return;
  }
  for (let at = 0; at + HOP_BYTES <= hops.length;) {
    const length = hops.readUInt16LE(at);
    if (length < HOP_BYTES || at + length > hops.length) throw new Error('a hop of a route is cut off');
    const gateway = addressOf(netlinkAttributes(hops.subarray(at, at + length), HOP_BYTES), RTA_GATEWAY);
    yield { ...route, device: hops.readInt32LE(at + 4), gateway, weight: (hops[at + 3] ?? 0) + 1 };
    at += (length + 3) & ~3;
  }
}

function addressOf(attributes: Attributes, kind: number): string {
  const bytes = attributes.get(kind);
  return bytes === undefined ? '' : formatIpBytes(bytes);
}

function destinationOf(attributes: Attributes, length: number): string {
  return length === 0 ? 'default' : `${addressOf(attributes, RTA_DST)}/${length}`;
}
