import type { WebOptions } from '../../../src/http/web-options.js';
import type { ProbeModule } from '../../../src/probe/probe-module.js';
import { defineProber, type Probe, type ProbeRequest } from '../../../src/probe/prober.js';
import type { Platform } from '../../../src/services/platform.js';
import type { ConfigSource } from '../../../src/services/prober/config-source.js';
import type { ProberOptions } from '../../../src/services/prober/prober-options.js';
import { type ProberService, startProber } from '../../../src/services/prober/prober-service.js';
import { type Clock, systemClock } from '../../../src/values/clock.js';

export interface TestModule {
  readonly name: string;
  readonly prober?: string;
  readonly timeoutSeconds?: number;
  readonly probe?: Probe;
  readonly refuse?: (request: ProbeRequest) => string | undefined;
  readonly plain?: string;
}

/** A module around a probe that is given as a function; without one it succeeds at once. */
export function testModule({ name, prober = 'test', timeoutSeconds, probe, refuse, plain }: TestModule): ProbeModule {
  const bound = defineProber<string, unknown, null>({
    name: prober,
    compile: () => null,
    probe: (request, _options, context) => probe?.(request, context) ?? Promise.resolve(),
    ...(refuse && { refuse: (request: ProbeRequest) => refuse(request) }),
  }).bind(null);
  return {
    ...bound,
    name,
    prober,
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    describe: () => plain ?? `prober: ${prober}\n`,
    describeOwn: () => plain ?? `prober: ${prober}\n`,
  };
}

export interface TestApp extends ProberService {
  /** The first address. */
  readonly address: string;
  /** What the service logged so far. */
  readonly logLines: string[];
}

export interface StartAppOptions {
  readonly modules?: readonly ProbeModule[];
  readonly config?: ConfigSource;
  readonly options?: Partial<Omit<ProberOptions, 'web'>>;
  readonly web?: Partial<WebOptions>;
  readonly clock?: Clock;
}

/** The build that tests are of. */
export const BUILD = {
  version: '1.2.3',
  revision: 'abc',
  branch: 'main',
  goos: 'linux',
  goarch: 'amd64',
  nodeVersion: 'v20.1.2',
};

/** A service on a port of its own on the loopback; the caller stops it. */
export async function startApp({
  modules = [],
  config,
  options,
  web,
  clock = systemClock,
}: StartAppOptions): Promise<TestApp> {
  const logLines: string[] = [];
  const byName = new Map(modules.map((module) => [module.name, module]));
  const fixed: ConfigSource = {
    current: () => ({ modules: byName, warnings: [], faults: [], isGuarded: false, render: () => ['modules: {}\n'] }),
    files: [{ file: 'blackbox.yml' }],
    reload: () => Promise.resolve('unchanged'),
    lastReloadSuccessful: true,
    lastReloadSuccessSeconds: 1_767_323_045.678,
  };
  const platform: Platform = {
    build: BUILD,
    hostname: 'probe.example',
    pid: 1,
    clock,
    log: { push: (line) => logLines.push(line), dropped: 0 },
    env: {},
  };
  const app = await startProber(
    config ?? fixed,
    { ...DEFAULT_OPTIONS, ...options, web: { ...DEFAULT_WEB, ...web } },
    { platform },
  );
  return { ...app, address: app.addresses[0] ?? '', logLines };
}

const DEFAULT_WEB: WebOptions = {
  listenAddresses: ['127.0.0.1:0'],
  externalUrl: '',
  routePrefix: '',
  configFile: '',
  systemdSocket: false,
};

const DEFAULT_OPTIONS: ProberOptions = {
  configFiles: ['blackbox.yml'],
  timeoutOffsetSeconds: 0.5,
  autoReloadSeconds: 0,
  historyLimit: 100,
  targetFiles: [],
  schedule: { intervalSeconds: 0 },
  limits: { total: 0, perClient: 0, perTarget: 0 },
  workers: 1,
  measuresUncertainty: false,
  web: DEFAULT_WEB,
  logLevel: 'info',
  logFormat: 'logfmt',
  probeLogLevel: 'info',
};
