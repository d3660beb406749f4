import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of a V8 CPU profile that are read here; see the DevTools protocol's Profiler.Profile. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

const SHOWN = 40;

/** The functions in which the profiled time was spent, the most expensive first, without what they called. */
export function describeProfiles(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  return files.map((name) => `${name}\n${describeProfile(readProfile(join(folder, name)))}`).join('\n');
}

function readProfile(path: string): CpuProfile {
  // The file comes from the V8 that this program started.
  return JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
}

function describeProfile({ nodes, samples, timeDeltas }: CpuProfile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const self = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?';
    self.set(name, (self.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  }
  self.delete('(idle)');
  const total = [...self.values()].reduce((sum, one) => sum + one, 0);
  const rows = [...self].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  return rows.map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(6)} %  ${name}`).join('\n');
}

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name}  ${url.replace(/^.*\/(?=dist\/|node_modules\/)/, '')}:${lineNumber + 1}`;
}
