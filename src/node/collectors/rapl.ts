import { join } from 'node:path/posix';
import { counter } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { namesOrNoData, wholeIfAny } from '../sysfs-values.js';

const joules = counter('node_rapl_joules_total', 'Current RAPL value in joules', ['index', 'path', 'rapl_zone']);

const FOLDER = 'class/powercap';
const MICROJOULES_PER_JOULE = 1e6;

/** A domain whose energy the processor counts. */
interface RaplZone {
  /** Such as `package` or `dram`. */
  readonly name: string;
  readonly index: number;
  readonly folder: string;
}

/** /sys/class/powercap: the energy that processors and memory have used; for root alone on kernels since 5.10. */
export const rapl: CollectorSpec = {
  name: 'rapl',
  isDefault: true,
  flags: [
    {
      kind: 'switch',
      name: 'rapl.enable-zone-label',
      default: false,
      help: 'One metric node_rapl_joules_total with the zone as a label instead of a metric a zone.',
    },
  ],
  create: (options) => {
    const withZoneLabel = options.isOn('rapl.enable-zone-label');
    return {
      collect: ({ metrics, files: { sys } }) => {
        for (const { name, index, folder } of findZones(sys)) {
          const microjoules = wholeIfAny(sys, `${folder}/energy_uj`);
          if (microjoules === undefined) {
            metrics.passOver(new NoData(`${sys.root}/${folder}/energy_uj cannot be read`));
            continue;
          }
          const labels = { index: String(index), path: join(sys.root, folder) };
          const value = microjoules / MICROJOULES_PER_JOULE;
          if (withZoneLabel) metrics.setWith(joules, { ...labels, rapl_zone: name }, value);
          else metrics.setWith(zoneMetric(name), labels, value);
        }
      },
    };
  },
};

function zoneMetric(name: string): ReturnType<typeof counter<'index' | 'path'>> {
  const metric = `node_rapl_${name.replace(/[^a-zA-Z0-9:_]/g, '_')}_joules_total`;
  return counter(metric, `Current RAPL ${name} value in joules`, ['index', 'path']);
}

/** `package-1` is number 1 of its kind; zones without a number are counted by name. */
function findZones(sys: FileTree): readonly RaplZone[] {
  const zones: RaplZone[] = [];
  const next = new Map<string, number>();
  for (const entry of namesOrNoData(sys, FOLDER)) {
    const folder = `${FOLDER}/${entry}`;
    const text = sys.value(`${folder}/name`);
    if (text === undefined) continue;
    const [, kind = text, number] = /^([^-]*)-(\d{1,9})$/.exec(text) ?? [];
    const index = number === undefined ? (next.get(kind) ?? 0) : Number(number);
    zones.push({ name: kind, index, folder });
    next.set(kind, index + 1);
  }
  return zones;
}
