import { gauge } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { linkNames } from '../kernel/links.js';
import { eachRoute } from '../kernel/routes.js';

const info = gauge('node_network_route_info', 'network routing table information', [
  'device',
  'src',
  'dest',
  'gw',
  'priority',
  'proto',
  'weight',
]);
const routes = gauge('node_network_routes', 'network routes by interface', ['device']);

/** The origin of a route, by the numbers of include/uapi/linux/rtnetlink.h. */
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0, 'unspec'],
  [1, 'redirect'],
  [2, 'kernel'],
  [3, 'boot'],
  [4, 'static'],
  [8, 'gated'],
  [9, 'ra'],
  [10, 'mrt'],
  [11, 'zebra'],
  [12, 'bird'],
  [13, 'dnrouted'],
  [14, 'xorp'],
  [15, 'ntk'],
  [16, 'dhcp'],
  [17, 'mrouted'],
  [42, 'babel'],
  [186, 'bgp'],
  [187, 'isis'],
  [188, 'ospf'],
  [189, 'rip'],
  [192, 'eigrp'],
]);

/** More routes than this are counted, and have no series of their own: a full table of the Internet has a million. */
const MOST_SERIES = 100_000;

/** The routes of this host, by rtnetlink(7) through the addon; without the addon it has no data, and says so once. */
export const networkRoute: CollectorSpec = {
  name: 'network_route',
  isDefault: false,
  flags: [],
  create: (_options, { clock, log, kernel }) => {
    const loaded = kernel();
    if ('missing' in loaded) log.warn('routes are left out', { reason: loaded.missing });
    return {
      collect: async ({ metrics }) => {
        if ('missing' in loaded) throw new NoData(loaded.missing);
        const names = await linkNames(loaded.calls, clock);
        const counts = new Map<string, number>();
        let shown = 0;
        await eachRoute(loaded.calls, clock, (route) => {
          const device = names.get(route.device) ?? '';
          counts.set(device, (counts.get(device) ?? 0) + 1);
          shown += 1;
          if (shown > MOST_SERIES) return;
          const labels = {
            device,
            src: route.source,
            dest: route.destination,
            gw: route.gateway,
            priority: String(route.priority),
            proto: PROTOCOLS.get(route.protocol) ?? 'unknown',
            weight: route.weight === undefined ? '' : String(route.weight),
          };
          metrics.setWith(info, labels, 1);
        });
        for (const [device, count] of counts) metrics.setWith(routes, { device }, count);
        if (shown > MOST_SERIES) metrics.passOver(`of ${shown} routes only ${MOST_SERIES} are shown`);
      },
    };
  },
};
