import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ChildService } from '../../test/helpers/child-service.js';
import {
  findBlackboxExporter,
  findPushgateway,
  REPOSITORY,
  startBlackboxExporter,
  startRealPushgateway,
  startSonde,
} from '../../test/helpers/peer.js';
import type { ClientRow } from './hostile-row.js';
import type { LoopFigures } from './loop-watch.js';

export type ServiceName = ClientRow['service'];

/** A program under attack. */
export interface WatchedProgram {
  readonly label: string;
  readonly isPeer: boolean;
  readonly service: ChildService;
  /** What its event loop did since the last time; undefined for a program that has none. */
  readonly figures: () => Promise<LoopFigures | undefined>;
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
    env: { SONDE_LOOP_WATCH: path, ...(isProfiled && { SONDE_LOOP_PROFILE: '1' }) },
    ...(options.service === 'pushgateway' && { command: 'pushgateway' }),
  });
  return { label: 'Sonde', isPeer: false, service, figures: () => readFigures(path) };
}

async function readFigures(path: string): Promise<LoopFigures> {
  const socket = net.connect(path);
  await once(socket, 'connect');
  return JSON.parse(await text(socket)) as LoopFigures;
}

/** Starts the real program; undefined if there is none here. */
export async function startWatchedPeer({
  service,
  configFile,
  args,
}: StartOptions): Promise<WatchedProgram | undefined> {
  const peer = service === 'prober' ? findBlackboxExporter() : findPushgateway();
  if (peer === undefined) return undefined;
  const started =
    service === 'prober'
      ? await startBlackboxExporter(peer, [`--config.file=${configFile}`, ...args])
      : await startRealPushgateway(peer, args);
  return { label: 'peer', isPeer: true, service: started, figures: () => Promise.resolve(undefined) };
}

/** From here on the most that is resident is counted anew (proc(5), clear_refs). */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
