import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSink } from '../metric-sink.js';
import type { NameFilter } from '../name-filter.js';
import { parseDecimal } from '../numbers.js';

const info = gauge('node_cpu_info', 'CPU information from /proc/cpuinfo.', [
  'package',
  'core',
  'cpu',
  'vendor',
  'family',
  'model',
  'model_name',
  'microcode',
  'stepping',
  'cachesize',
]);
const frequency = gauge('node_cpu_frequency_hertz', 'CPU frequency in hertz from /proc/cpuinfo.', [
  'package',
  'core',
  'cpu',
]);
const flagInfo = gauge(
  'node_cpu_flag_info',
  'The `flags` field of CPU information from /proc/cpuinfo taken from the first core.',
  ['flag'],
);
const bugInfo = gauge(
  'node_cpu_bug_info',
  'The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.',
  ['bug'],
);

/** The fields of /proc/cpuinfo that become metrics. */
export interface CpuInfoOptions {
  /** Undefined reports no flags. */
  readonly isFlagWanted: NameFilter | undefined;
  readonly isBugWanted: NameFilter | undefined;
  readonly withFrequency: boolean;
}

/** Reports the text of /proc/cpuinfo: blocks of `name : value` lines, one for each CPU. */
export function cpuInfoSetter(options: CpuInfoOptions): (metrics: MetricSink, text: string) => void {
  const { isFlagWanted, isBugWanted, withFrequency } = options;
  return (metrics, text) => {
    const cpus = text
      .split(BLOCK_START)
      .map(readBlock)
      .filter((fields) => CPU_NUMBER.test(fields.get('processor') ?? ''));
    for (const fields of cpus) setCpu(metrics, fields, withFrequency);
    const [first] = cpus;
    // ARM calls them features.
    const flags = first?.get('flags') ?? first?.get('Features') ?? '';
    for (const flag of wanted(flags, isFlagWanted)) metrics.setWith(flagInfo, { flag }, 1);
    for (const bug of wanted(first?.get('bugs') ?? '', isBugWanted)) metrics.setWith(bugInfo, { bug }, 1);
  };
}

/** Blocks have a blank line between them; the number of the processor is the first line of each. */
const BLOCK_START = /\n\n|\n(?=processor[\t ]*:)/;

const CPU_NUMBER = /^\d{1,9}$/;

function readBlock(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return fields;
}

function setCpu(metrics: MetricSink, fields: ReadonlyMap<string, string>, withFrequency: boolean): void {
  const field = (name: string): string => fields.get(name) ?? '';
  const place = { package: field('physical id'), core: field('core id'), cpu: field('processor') };
  const kind = {
    vendor: field('vendor_id'),
    family: field('cpu family'),
    model: field('model'),
    model_name: field('model name'),
    microcode: field('microcode'),
    stepping: field('stepping'),
    cachesize: field('cache size'),
  };
  metrics.setWith(info, { ...place, ...kind }, 1);
  const megahertz = fields.get('cpu MHz');
  if (withFrequency && megahertz !== undefined) metrics.setWith(frequency, place, parseDecimal(megahertz) * 1e6);
}

function wanted(words: string, isWanted: NameFilter | undefined): string[] {
  return isWanted === undefined ? [] : words.split(' ').filter((word) => word !== '' && isWanted(word));
}
