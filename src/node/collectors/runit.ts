import { join } from 'node:path';
import { FileProblem } from '../../files/file-problem.js';
import { factsOfFile, namesInFolder, readRegularFile } from '../../files/regular-file.js';
import { gauge } from '../../metrics/metric-definition.js';
import { apartLater } from '../apart.js';
import type { CollectorSpec, Scrape } from '../collector.js';

const LABELS = ['service', 'supervisor'] as const;
const state = gauge('node_service_state', 'State of runit service.', LABELS);
const desired = gauge('node_service_desired_state', 'Desired state of runit service.', LABELS);
const normal = gauge('node_service_normal_state', 'Normal state of runit service.', LABELS);
const changed = gauge(
  'node_service_state_last_change_timestamp_seconds',
  'Unix timestamp of the last runit service state change.',
  LABELS,
);

/**
 * The length of supervise/status, and the places in it; it begins with the time as TAI64N, and has the wanted state and
 * the present one.
 */
const STATUS_BYTES = 20;
const AT_WANTED = 17;
const AT_STATE = 19;
/** TAI64 counts from 2^62, ten seconds before 1970; runit leaves out leap seconds. */
const TAI_OF_1970 = 2n ** 62n + 10n;
const WANTED_UP = 'u'.charCodeAt(0);

/** The services of runit(8), from the folder that runsvdir watches; deprecated by upstream. */
export const runit: CollectorSpec = {
  name: 'runit',
  isDefault: false,
  flags: [
    { kind: 'value', name: 'runit.servicedir', default: '/etc/service', help: 'Path to runit service directory.' },
  ],
  create: (options) => {
    const folder = options.text('runit.servicedir');
    return {
      collect: async (scrape) => {
        const names = await namesInFolder(folder);
        for (const service of [...names].sort()) {
          if (scrape.signal.aborted) return;
          await apartLater(scrape.metrics, () => collectService(scrape, folder, service));
        }
      },
    };
  },
};

async function collectService({ metrics }: Scrape, folder: string, service: string): Promise<void> {
  const status = await readIfAny(join(folder, service, 'supervise/status'));
  // The entry is a folder that nobody supervises, or a file.
  if (status === undefined) return;
  if (status.length < STATUS_BYTES) throw new Error(`the status of ${service} is cut off`);
  const labels = { service, supervisor: 'runit' };
  metrics.setWith(state, labels, status.readUInt8(AT_STATE));
  metrics.setWith(desired, labels, status[AT_WANTED] === WANTED_UP ? 1 : 0);
  metrics.setWith(changed, labels, Number(status.readBigUInt64BE(0) - TAI_OF_1970));
  metrics.setWith(normal, labels, (await isThere(join(folder, service, 'down'))) ? 0 : 1);
}

async function readIfAny(path: string): Promise<Buffer | undefined> {
  try {
    // A longer file would be of another version of runit.
    return (await readRegularFile(path, 4096)).bytes;
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await factsOfFile(path);
    return true;
  } catch (error) {
    if (isNotThere(error)) return false;
    throw error;
  }
}

function isNotThere(error: unknown): boolean {
  const cause = error instanceof FileProblem ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}
