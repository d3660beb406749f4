import { createSystemResolver } from '../../../src/net/resolve/resolver.js';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import type { ProberDeps } from '../../../src/probers/all-probers.js';
import { loadIcmpAddon } from '../../../src/probers/icmp/icmp-native.js';
import { IcmpSockets } from '../../../src/probers/icmp/icmp-sockets.js';
import { systemClock } from '../../../src/values/clock.js';

/** What a test may choose of the platform around the probers. */
export interface TestProberDeps {
  readonly env?: Readonly<Record<string, string>>;
  /** DNS servers, `address:port`, instead of the system's. */
  readonly dnsServers?: readonly string[];
  readonly hostsFile?: string;
}

/** One for all tests of a file, as in the service: it holds the system's roots. */
const platform = createTlsPlatform({ clock: systemClock, certFile: undefined, certDir: undefined });

export function testProberDeps(options: TestProberDeps = {}): ProberDeps {
  const { env = {}, dnsServers, hostsFile = '/etc/hosts' } = options;
  return {
    resolver: createSystemResolver({
      hostsFile,
      resolvConfFile: '/etc/resolv.conf',
      clock: systemClock,
      ...(dnsServers === undefined ? {} : { servers: dnsServers }),
    }),
    icmp: new IcmpSockets(loadIcmpAddon()),
    compileTls: (raw) => compileTlsConfig(raw, platform),
    userAgent: 'Blackbox-Exporter/0.28.0 (Sonde/test)',
    env,
  };
}
