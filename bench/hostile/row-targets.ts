import { join } from 'node:path';
import { REPOSITORY } from '../../test/helpers/peer.js';
import { type ChildService, startChildService } from '../../test/helpers/services/child-service.js';
import type { HostileModule, TargetRow } from './hostile-row.js';

/**
 * The targets that run, each in a process of its own. Those whose address stands in their module run from the beginning
 * to the end.
 */
export class RowTargets {
  readonly #kept = new Map<string, ChildService>();
  readonly #running = new Map<string, ChildService>();

  /** The module of a row, whose target runs then if the module needs its address. */
  async moduleOf(row: TargetRow): Promise<HostileModule> {
    if (typeof row.module !== 'function') return row.module;
    const target = this.#kept.get(row.name) ?? (await startTarget(row));
    this.#kept.set(row.name, target);
    return row.module(target.address);
  }

  /** Resolves to where it listens. */
  async start(row: TargetRow): Promise<string> {
    const kept = this.#kept.get(row.name);
    if (kept !== undefined) return kept.address;
    const target = await startTarget(row);
    this.#running.set(row.name, target);
    return target.address;
  }

  /** After `start`. */
  async stop(row: TargetRow): Promise<void> {
    await this.#running.get(row.name)?.stop('SIGKILL');
    this.#running.delete(row.name);
  }

  async stopAll(): Promise<void> {
    for (const target of [...this.#kept.values(), ...this.#running.values()]) await target.stop('SIGKILL');
  }
}

function startTarget(row: TargetRow): Promise<ChildService> {
  return startChildService({
    command: process.execPath,
    args: [join(REPOSITORY, 'dist/bench/hostile/target-process.js'), row.name],
    ready: /Target <(.*)>/,
  });
}
