import { gauge } from '../../metrics/metric-definition.js';
import { trimBothOf } from '../../values/trim-character.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { nameFilter } from '../name-filter.js';
import { parseDecimal } from '../numbers.js';
import { findHwmonChips, type HwmonChip } from './hwmon-chips.js';
import { cleanName, type SensorMetric, sensorMetric, SINGLE_FILES } from './hwmon-metric.js';

const chipNames = gauge('node_hwmon_chip_names', 'Annotation metric for human-readable chip names', [
  'chip',
  'chip_name',
]);
const sensorLabel = gauge('node_hwmon_sensor_label', 'Label for given chip and sensor', ['chip', 'sensor', 'label']);

/** The kinds of sensors of the kernel's sysfs interface. */
const KINDS: ReadonlySet<string> = new Set([
  'vrm',
  'beep_enable',
  'update_interval',
  'in',
  'cpu',
  'fan',
  'pwm',
  'temp',
  'curr',
  'power',
  'energy',
  'humidity',
  'intrusion',
  'freq',
]);

/** A sensor of a chip: its files by their elements ("" for none), with what is in them. */
interface Sensor {
  readonly kind: string;
  readonly files: Map<string, string>;
}

/** /sys/class/hwmon: temperatures, fans, voltages and other sensors of chips. */
export const hwmon: CollectorSpec = {
  name: 'hwmon',
  isDefault: true,
  flags: [
    {
      kind: 'value',
      name: 'hwmon.chip-include',
      default: '',
      help: 'Regexp of hwmon chip to include (mutually exclusive to device-exclude).',
    },
    {
      kind: 'value',
      name: 'hwmon.chip-exclude',
      default: '',
      help: 'Regexp of hwmon chip to exclude (mutually exclusive to device-include).',
    },
    {
      kind: 'value',
      name: 'hwmon.sensor-include',
      default: '',
      help: 'Regexp of hwmon sensor, as chip;sensor, to include (mutually exclusive to sensor-exclude).',
    },
    {
      kind: 'value',
      name: 'hwmon.sensor-exclude',
      default: '',
      help: 'Regexp of hwmon sensor, as chip;sensor, to exclude (mutually exclusive to sensor-include).',
    },
  ],
  create: (options) => {
    const isChipWanted = nameFilter(options, {
      include: 'hwmon.chip-include',
      exclude: 'hwmon.chip-exclude',
    });
    const isSensorWanted = nameFilter(options, {
      include: 'hwmon.sensor-include',
      exclude: 'hwmon.sensor-exclude',
    });
    const metricOf = rememberedMetrics();
    return {
      collect: async (scrape) => {
        const chips = findHwmonChips(scrape.files.sys).filter(({ chip }) => isChipWanted(chip));
        await Promise.all(
          chips.map(async (chip) => {
            const sensors = await readSensors(scrape.files.sys, chip);
            if (chip.chipName !== undefined) {
              scrape.metrics.setWith(chipNames, { chip: chip.chip, chip_name: chip.chipName }, 1);
            }
            for (const [name, sensor] of sensors) {
              if (isSensorWanted(`${chip.chip};${name}`))
                report(scrape, { chip: chip.chip, sensor: name }, sensor, metricOf);
            }
          }),
        );
      },
    };
  },
};

async function readSensors(sys: FileTree, { folder }: HwmonChip): Promise<ReadonlyMap<string, Sensor>> {
  const sensors = new Map<string, Sensor>();
  // Older drivers keep the files with the device.
  for (const place of [folder, `${folder}/device`]) {
    const files = sys.namesIfAny(place).flatMap((name) => {
      const file = parseFileName(name);
      return file === undefined ? [] : [{ ...file, path: `${place}/${name}` }];
    });
    const texts = await Promise.all(files.map(({ path }) => readSensorFile(sys, path)));
    for (const [index, { kind, sensor, element }] of files.entries()) {
      const text = texts[index];
      if (text === undefined) continue;
      let known = sensors.get(sensor);
      if (known === undefined) sensors.set(sensor, (known = { kind, files: new Map() }));
      known.files.set(element, text);
    }
  }
  return sensors;
}

/** `temp1_crit` → temp, temp1, crit; undefined for files that belong to no sensor. */
function parseFileName(name: string): { kind: string; sensor: string; element: string } | undefined {
  // A name without digits is a kind by itself. A file name has at most 255 bytes.
  // eslint-disable-next-line regexp/no-misleading-capturing-group -- upstream's: the kind takes underscores
  const [, kind = '', number = '', element = ''] = /^(\D{1,255})(\d{0,9})(?:_(.+))?$/.exec(name) ?? [];
  if (!KINDS.has(kind)) return undefined;
  // A sensor without a number is number 0.
  return { kind, sensor: `${kind}${Number(number)}`, element };
}

/**
 * Reads a sensor's file. Undefined if the chip cannot tell its value now, or if the path is no file: a device has a
 * folder `power`, too.
 */
async function readSensorFile(sys: FileTree, path: string): Promise<string | undefined> {
  try {
    return trimBothOf(await sys.textLater(path), '\n');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

interface SensorLabels {
  readonly chip: string;
  readonly sensor: string;
}

function report({ metrics }: Scrape, labels: SensorLabels, { kind, files }: Sensor, metricOf: MetricOf): void {
  const label = files.get('label');
  if (label !== undefined) metrics.setWith(sensorLabel, { ...labels, label }, 1);
  const hasPlain = files.has('');
  for (const [element, text] of files) {
    const value = numberOf(text);
    if (element === 'label' || value === undefined) continue;
    const { metric, scale } = metricOf(kind, element, hasPlain);
    if (kind !== 'freq' || element !== 'input') metrics.setWith(metric, labels, scale(value));
    // Graphics cards: the clocks are known by their names alone.
    else if (label !== undefined) metrics.setWith(metric, { ...labels, sensor: cleanName(label) }, scale(value));
  }
}

function numberOf(text: string): number | undefined {
  const value = parseDecimal(text);
  // Not every file of a sensor holds a number; upstream passes over those that do not.
  return Number.isNaN(value) ? undefined : value;
}

type MetricOf = (kind: string, element: string, hasPlain: boolean) => SensorMetric;

/** Makes each metric once; the kernel has a few hundred kinds of files at most. */
function rememberedMetrics(): MetricOf {
  const known = new Map<string, SensorMetric>();
  return (kind, element, hasPlain) => {
    const single = element === '' ? SINGLE_FILES.get(kind) : undefined;
    if (single !== undefined) return single;
    const key = `${kind} ${element} ${hasPlain}`;
    let metric = known.get(key);
    if (metric === undefined) known.set(key, (metric = sensorMetric({ kind, element, hasPlain })));
    return metric;
  };
}
