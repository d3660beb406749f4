import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { findBlackboxExporter, NO_PEER, startBlackboxExporter, startSonde } from '../test/helpers/peer.js';
import type { ChildService } from '../test/helpers/services/child-service.js';
import { httpGet } from '../test/helpers/services/http-get.js';
import type { Scenario } from './scenarios.js';

/** A program that is measured. */
export interface Program {
  readonly label: string;
  readonly isPeer: boolean;
  readonly service: ChildService;
}

/** Starts the real blackbox_exporter. Throws if there is none: figures without it say nothing. */
export async function startPeer(configFile: string): Promise<Program> {
  const peer = findBlackboxExporter();
  if (peer === undefined) throw new Error(NO_PEER);
  const service = await startBlackboxExporter(peer, [`--config.file=${configFile}`]);
  return { label: `blackbox_exporter ${peer.version}`, isPeer: true, service };
}

/** Which build of Sonde is started, and how. */
export interface OwnOptions {
  /** A profile is written there when it ends. */
  readonly profileFolder?: string | undefined;
  /** The folder of another build; this one where absent. */
  readonly build?: string | undefined;
  /** Processes that run the probes, beside the first; this one alone where absent. */
  readonly workers?: number | undefined;
}

/** Starts Sonde on a Node binary. */
export async function startOurs(
  configFile: string,
  node: string,
  { profileFolder, build, workers }: OwnOptions = {},
): Promise<Program> {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const nodeArgs = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const more = workers === undefined ? [] : [`--workers=${workers}`];
  const service = await startSonde([`--config.file=${configFile}`, ...more], { node, nodeArgs, repository: build });
  const name = build === undefined ? 'Sonde' : `Sonde in ${basename(build)}`;
  const beside = workers === undefined ? '' : `, ${workers} workers`;
  return { label: `${name}, Node ${version.replace('v', '')}${beside}`, isPeer: false, service };
}

/** Where a program probes a scenario. */
export function probeUrl({ service }: Program, { module }: Scenario, target: string): string {
  return `http://${service.address}/probe?${new URLSearchParams({ module, target }).toString()}`;
}

/** Makes sure that what is measured is a probe that succeeds. */
export async function assertProbeSucceeds(program: Program, scenario: Scenario, target: string): Promise<void> {
  const { pathname, search } = new URL(probeUrl(program, scenario, target));
  const { text } = await httpGet(program.service.address, pathname + search);
  for (const line of ['probe_success 1', ...scenario.shows]) {
    if (!text.includes(`\n${line}\n`)) throw new Error(`Cannot measure ${program.label}: no "${line}" in\n${text}`);
  }
}
