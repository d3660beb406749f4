import type { Test } from 'tap';
import { loadConfig } from '../../../src/config/load-config.js';
import { allProbers } from '../../../src/probers/all-probers.js';
import { httpGet } from './http-get.js';
import { type TestProberDeps, testProberDeps } from './prober-deps.js';
import { startApp } from './start-app.js';

export interface ProbeService {
  /** What `/probe` answers: `200 ok`, `200 phase/reason`, or another status with its text. */
  readonly ask: (module: string, target: string) => Promise<string>;
  readonly logLines: readonly string[];
}

/**
 * A whole service with the probers of this build and the modules of a configuration as text; stopped when the test
 * ends.
 */
export async function startProbeService(t: Test, yaml: string, deps: TestProberDeps = {}): Promise<ProbeService> {
  const { modules } = await loadConfig(yaml, 'test.yml', allProbers(testProberDeps(deps)));
  const app = await startApp({ modules: [...modules.values()], options: { probeLogLevel: 'info' } });
  t.teardown(() => app.stop(0));
  return {
    logLines: app.logLines,
    ask: async (module, target) => {
      const query = new URLSearchParams({ module, target });
      const { status, text } = await httpGet(app.address, `/probe?${query.toString()}`);
      if (status !== 200) return `${status} ${text.trim()}`;
      const [, phase = '', reason = ''] = /probe_failure_info\{phase="(\w+)",reason="(\w+)"\} 1/.exec(text) ?? [];
      if (/^probe_success 1$/m.test(text) === (reason !== '')) return `200 contradictory: ${text}`;
      return reason === '' ? '200 ok' : `200 ${phase}/${reason}`;
    },
  };
}

/** Runs `work` on each of `items`, `atOnce` at a time. */
export async function eachOf<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
