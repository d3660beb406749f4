import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  findBlackboxExporter,
  findNodeExporter,
  findPushgateway,
  type Peer,
  REPOSITORY,
  startBlackboxExporter,
  startNodeExporter,
  startRealPushgateway,
  startSonde,
} from '../../test/helpers/peer.js';
import type { ChildService } from '../../test/helpers/services/child-service.js';
import { until } from '../../test/helpers/until.js';
import type { ClientRow } from './hostile-row.js';
import type { LoopFigures } from './loop-watch.js';

export type ServiceName = ClientRow['service'];

/** The service goes on with its own discarded probes once it listens, longer where the machine is busy. */
const WARM_UP_MS = 2000;

/** What is stored may be much. */
const START_SECONDS = 180;

/** A program under attack. */
export interface WatchedProgram {
  readonly label: string;
  readonly isPeer: boolean;
  readonly service: ChildService;
  /** What its event loop did since the last time; undefined for a program that has none. */
  readonly figures: () => Promise<LoopFigures | undefined>;
  /** Memory after a full garbage collection. */
  readonly collectedFigures: () => Promise<LoopFigures | undefined>;
  /** The same, collected, of the thread that has what was pushed; undefined where there is none. */
  readonly threadFigures: () => Promise<LoopFigures | undefined>;
}

export interface StartOptions {
  readonly service: ServiceName;
  readonly folder: string;
  readonly configFile: string;
  readonly args: readonly string[];
}

/** Starts the built Sonde as a user does, with the watch loaded into it. */
export async function startWatchedSonde(
  options: StartOptions,
  { node, isProfiled }: { readonly node: string; readonly isProfiled: boolean },
): Promise<WatchedProgram> {
  const path = join(options.folder, `watch-${Math.random().toString(36).slice(2)}`);
  const watch = join(REPOSITORY, 'dist/bench/hostile/loop-watch.js');
  const own = options.service === 'prober' ? [`--config.file=${options.configFile}`] : [];
  const service = await startSonde([...own, ...options.args], {
    node,
    nodeArgs: ['--expose-gc', '--import', watch],
    startSeconds: START_SECONDS,
    env: { SONDE_LOOP_WATCH: path, ...(isProfiled && { SONDE_LOOP_PROFILE: '1' }) },
    ...(options.service !== 'prober' && { command: options.service }),
  });
  const program = { label: 'Sonde', isPeer: false, service, ...figuresAt(path) };
  await sleep(WARM_UP_MS);
  return program;
}

/**
 * Starts `sonde all`, as `npm start` does: the prober, and the pushgateway at an address of its own, which keeps
 * nothing.
 */
export async function startWatchedAll(
  folder: string,
): Promise<{ readonly program: WatchedProgram; readonly pushAddress: string }> {
  const path = join(folder, `watch-${Math.random().toString(36).slice(2)}`);
  const configFile = join(folder, 'blackbox.yml');
  writeFileSync(configFile, 'modules: {http_2xx: {prober: http}}\n');
  const service = await startSonde(
    ['--pushgateway.listen-address=127.0.0.1:0', '--node.listen-address=', `--config.file=${configFile}`],
    {
      command: 'all',
      nodeArgs: ['--expose-gc', '--import', join(REPOSITORY, 'dist/bench/hostile/loop-watch.js')],
      env: { SONDE_LOOP_WATCH: path },
    },
  );
  const program = { label: 'Sonde', isPeer: false, service, ...figuresAt(path) };
  await until(() => PUSH_READY.test(service.output()), 'the pushgateway listens');
  return { program, pushAddress: PUSH_READY.exec(service.output())?.[1] ?? '' };
}

const PUSH_READY = /Pushgateway is ready.*? addresses=(\S+)/;

function figuresAt(path: string): Pick<WatchedProgram, 'figures' | 'collectedFigures' | 'threadFigures'> {
  return {
    figures: () => readFigures(path),
    collectedFigures: () => readFigures(`${path}-collected`),
    threadFigures: () => newestThread(path),
  };
}

/** The threads of a pushgateway, which come one after the other. */
async function newestThread(path: string): Promise<LoopFigures | undefined> {
  const numbers = readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.`) && /\d$/.test(name))
    .map((name) => Number(name.split('.').at(-1)));
  if (numbers.length === 0) return undefined;
  return readFigures(`${path}.${Math.max(...numbers)}-collected`).catch(() => undefined);
}

async function readFigures(path: string): Promise<LoopFigures> {
  const socket = net.connect(path);
  await once(socket, 'connect');
  return JSON.parse(await text(socket)) as LoopFigures;
}

const PEERS: Readonly<Record<ServiceName, RealProgram>> = {
  prober: { find: findBlackboxExporter, start: startBlackboxExporter },
  pushgateway: { find: findPushgateway, start: startRealPushgateway },
  node: { find: findNodeExporter, start: startNodeExporter },
};

interface RealProgram {
  readonly find: () => Peer | undefined;
  readonly start: (peer: Peer, args: readonly string[]) => Promise<ChildService>;
}

/** Starts the real program; undefined if there is none here. */
export async function startWatchedPeer({
  service,
  configFile,
  args,
}: StartOptions): Promise<WatchedProgram | undefined> {
  const { find, start } = PEERS[service];
  const peer = find();
  if (peer === undefined) return undefined;
  const started = await start(peer, service === 'prober' ? [`--config.file=${configFile}`, ...args] : args);
  return {
    label: 'peer',
    isPeer: true,
    service: started,
    figures: nothing,
    collectedFigures: nothing,
    threadFigures: nothing,
  };
}

const nothing = (): Promise<undefined> => Promise.resolve(undefined);

/** From here on the most that is resident is counted anew (proc(5), clear_refs). */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
