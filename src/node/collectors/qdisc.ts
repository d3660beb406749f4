import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { counter, gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import { type CollectorDeps, type CollectorSpec, NoData } from '../collector.js';
import { isAbsent } from '../host-files.js';
import { rootQdiscs } from '../kernel/qdiscs.js';
import type { MetricSink } from '../metric-sink.js';
import { type NameFilter, nameFilter } from '../name-filter.js';

const LABELS = ['device', 'kind'] as const;

/** Each metric, and the fields that it comes from: of `tc`, and of upstream's fixtures. */
const METRICS = [
  [counter('node_qdisc_bytes_total', 'Number of bytes sent.', LABELS), 'bytes', 'Bytes'],
  [counter('node_qdisc_packets_total', 'Number of packets sent.', LABELS), 'packets', 'Packets'],
  [counter('node_qdisc_drops_total', 'Number of packets dropped.', LABELS), 'drops', 'Drops'],
  [
    counter('node_qdisc_requeues_total', 'Number of packets dequeued, not transmitted, and requeued.', LABELS),
    'requeues',
    'Requeues',
  ],
  [counter('node_qdisc_overlimits_total', 'Number of overlimit packets.', LABELS), 'overlimits', 'Overlimits'],
  [
    gauge('node_qdisc_current_queue_length', 'Number of packets currently in queue to be sent.', LABELS),
    'qlen',
    'Qlen',
  ],
  [gauge('node_qdisc_backlog', 'Number of bytes currently in queue to be sent.', LABELS), 'backlog', 'Backlog'],
] as const;

/** A queueing discipline: fields by the names of the source. */
type Qdisc = Readonly<Record<string, unknown>>;

/** Thousands of devices fit in. */
const LONGEST_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Root queueing disciplines of the network devices. The kernel tells them over netlink, by the addon; where it could
 * not be built, `tc -s -j` of iproute2 is asked, whose form is made to be parsed. For tests JSON files can be read.
 */
export const qdisc: CollectorSpec = {
  name: 'qdisc',
  isDefault: false,
  flags: [
    {
      kind: 'value',
      name: 'qdisc.fixtures',
      default: '',
      help: 'Folder with JSON files to take qdisc collector metrics from.',
    },
    {
      kind: 'value',
      name: 'qdisc.device-include',
      default: '',
      help: 'Regexp of qdisc devices to include (mutually exclusive to device-exclude).',
    },
    {
      kind: 'value',
      name: 'qdisc.device-exclude',
      default: '',
      help: 'Regexp of qdisc devices to exclude (mutually exclusive to device-include).',
    },
    // Upstream had misspelt them until 1.6.
    {
      kind: 'value',
      name: 'qdisk.device-include',
      default: '',
      isHidden: true,
      help: 'Old name of qdisc.device-include.',
    },
    {
      kind: 'value',
      name: 'qdisk.device-exclude',
      default: '',
      isHidden: true,
      help: 'Old name of qdisc.device-exclude.',
    },
  ],
  create: (options, { env, clock, kernel }) => {
    const isWanted = nameFilter(options, {
      include: 'qdisc.device-include',
      exclude: 'qdisc.device-exclude',
      oldInclude: 'qdisk.device-include',
      oldExclude: 'qdisk.device-exclude',
      bothGiven: 'device-exclude & device-include are mutually exclusive',
    });
    const folder = options.text('qdisc.fixtures');
    const loaded = kernel();
    const ask = (signal: AbortSignal): Promise<readonly Qdisc[]> =>
      'missing' in loaded ? askTc(env, signal) : rootQdiscs(loaded.calls, clock);
    return {
      collect: async ({ metrics, signal }) => {
        const found = folder === '' ? await ask(signal) : readFixtures(folder, metrics);
        for (const fields of found) {
          apart(metrics, () => {
            setQdisc(metrics, fields, isWanted);
          });
        }
      },
    };
  },
};

function setQdisc(metrics: MetricSink, fields: Qdisc, isWanted: NameFilter): void {
  const { dev, kind } = namesOf(fields);
  if (!isWanted(dev)) return;
  for (const [metric, field, fixtureField] of METRICS) {
    const value = fields[field] ?? fields[fixtureField] ?? 0;
    metrics.setWith(metric, { device: dev, kind }, typeof value === 'number' ? value : NaN);
  }
}

function namesOf(fields: Qdisc): { readonly dev: string; readonly kind: string } {
  const dev = fields['dev'] ?? fields['IfaceName'];
  const kind = fields['kind'] ?? fields['Kind'];
  if (typeof dev !== 'string' || typeof kind !== 'string')
    throw new Error('cannot read the qdiscs: one has no device or no kind');
  return { dev, kind };
}

async function askTc({ PATH = '' }: CollectorDeps['env'], signal: AbortSignal): Promise<readonly Qdisc[]> {
  try {
    const { stdout } = await promisify(execFile)('tc', ['-s', '-j', 'qdisc', 'show'], {
      // Services do not always have sbin in theirs.
      env: { PATH: `${PATH}:/usr/sbin:/sbin` },
      maxBuffer: LONGEST_OUTPUT_BYTES,
      signal,
    });
    return objectsIn(stdout, 'what tc says').filter((fields) => fields['root'] === true);
  } catch (error) {
    if (isAbsent(error)) throw new NoData('there is no tc to ask: install iproute2', { cause: error });
    throw error;
  }
}

function readFixtures(folder: string, metrics: MetricSink): readonly Qdisc[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const found: Qdisc[] = [];
  for (const path of files.sort().map((name) => join(folder, name))) {
    apart(metrics, () => {
      found.push(...objectsIn(readFileSync(path, 'utf8'), path));
    });
  }
  return found;
}

function objectsIn(text: string, what: string): readonly Qdisc[] {
  try {
    const list = [JSON.parse(text) as unknown].flat();
    return list.filter((value): value is Qdisc => typeof value === 'object' && value !== null && !Array.isArray(value));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`cannot read ${what}: ${error.message}`, { cause: error });
  }
}
