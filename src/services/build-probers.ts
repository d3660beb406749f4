import { loadConfig } from '../config/load-config.js';
import { createSystemResolver, type Resolver } from '../net/resolve/resolver.js';
import { compileTlsConfig } from '../net/tls/tls-client.js';
import { createTlsPlatform, type TlsPlatform } from '../net/tls/tls-platform.js';
import type { ProbeModule } from '../probe/probe-module.js';
import type { Prober } from '../probe/prober.js';
import { allProbers } from '../probers/all-probers.js';
import { prepareCookies } from '../probers/http/http-cookies.js';
import { loadIcmpAddon } from '../probers/icmp/icmp-native.js';
import { IcmpSockets } from '../probers/icmp/icmp-sockets.js';
import type { Platform } from './platform.js';
import { warmUp } from './prober/warm-up/warm-up.js';

/** The ways to make probers ready for their first probes. */
export interface Readiness {
  /**
   * Loads and compiles what the first probes of these probers would otherwise wait for; takes a fraction of a second,
   * never rejects.
   */
  readonly warmUp: (probers: ReadonlySet<string>) => Promise<void>;
  /**
   * Loads what an answer of a target may be the first to need, such as the system's roots, so that no probe waits for
   * it.
   */
  readonly loadRest: (probers: ReadonlySet<string>) => Promise<void>;
}

/** The probers, and how they are made ready. */
export interface BuiltProbers extends Readiness {
  readonly probers: readonly Prober[];
}

/** Compiles modules from the text of a configuration. */
export interface TextCompiler extends Readiness {
  /** Rejects with a ConfigFileError, in which the text has this name. */
  readonly compile: (text: string, name: string) => Promise<ReadonlyMap<string, ProbeModule>>;
}

/** Compiles modules that are no files, with probers of their own. */
export function compileText(platform: Platform): TextCompiler {
  const { probers, ...ready } = buildProbers(platform);
  return { compile: async (text, name) => (await loadConfig(text, name, probers)).modules, ...ready };
}

/** Access rules and log filters out there look for upstream's name. */
const UPSTREAM_AGENT = 'Blackbox-Exporter/0.28.0';

/** The versions of a module that says nothing of them. */
const USUAL_TLS_VERSIONS = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const;

/** Every prober of this build, and how they are made ready. */
export function buildProbers({ probers, build, env, clock }: Platform): BuiltProbers {
  const platform = createTlsPlatform({ clock, certFile: env['SSL_CERT_FILE'], certDir: env['SSL_CERT_DIR'] });
  if (probers !== undefined) return { probers, warmUp: nothing, loadRest: nothing };
  const files = { hostsFile: '/etc/hosts', resolvConfFile: '/etc/resolv.conf', clock };
  const resolver = createSystemResolver(files);
  const probersWith = (named: Resolver): readonly Prober[] =>
    allProbers({
      resolver: named,
      compileTls: (raw) => compileTlsConfig(raw, platform),
      icmp: new IcmpSockets(loadIcmpAddon()),
      userAgent: `${UPSTREAM_AGENT} (Sonde/${build.version})`,
      env,
    });
  const warm = async (wanted: ReadonlySet<string>): Promise<void> => {
    await warmUp({
      clock,
      prepare: async () => {
        await resolver.prepare();
        if (!isOnly(wanted, 'icmp')) platform.plainContext(USUAL_TLS_VERSIONS);
      },
      probersWith: (server) => probersWith(createSystemResolver({ ...files, servers: [server] })),
      wanted,
    });
  };
  const loadRest = (wanted: ReadonlySet<string>): Promise<void> => loadLate(wanted, platform);
  return { probers: probersWith(resolver), warmUp: warm, loadRest };
}

async function loadLate(wanted: ReadonlySet<string>, platform: TlsPlatform): Promise<void> {
  try {
    // The first probe over TLS needs the system's roots even if its module has others, since it reports whether the
    // chain verifies by them.
    if (!isOnly(wanted, 'icmp')) await platform.systemRoots();
    if (wanted.has('http')) await prepareCookies();
  } catch {
    // The error, such as a lack of descriptors, is ignored: the first probe that needs the files tries again.
  }
}

/** ICMP alone has no TLS, and needs no roots. */
function isOnly(wanted: ReadonlySet<string>, prober: string): boolean {
  return wanted.size === 1 && wanted.has(prober);
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
