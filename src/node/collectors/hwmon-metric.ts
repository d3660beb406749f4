import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { trimBothOf } from '../../values/trim-character.js';

/** How the number in a file of a sensor becomes a metric. */
export interface SensorMetric {
  readonly metric: MetricDefinition<'chip' | 'sensor'>;
  /** Converts from the unit of the file to that of the metric. */
  readonly scale: (value: number) => number;
}

/** The parts of a sensor's file name: `temp1_crit` has the kind `temp` and the element `crit`. */
export interface SensorFile {
  readonly kind: string;
  /** "" for a file without one, such as `pwm1`. */
  readonly element: string;
  /** Whether the sensor also has a file without an element, which then has the plain name. */
  readonly hasPlain: boolean;
}

const LABELS = ['chip', 'sensor'] as const;
const asIs = (value: number): number => value;
/** Multiplied, where upstream multiplies: dividing by 1000 differs in the last digit. */
const fromMilli = (value: number): number => value * 0.001;
const fromMicro = (value: number): number => value / 1e6;

/** The metric of one file, by upstream's rules for names, units and help. */
export function sensorMetric({ kind, element, hasPlain }: SensorFile): SensorMetric {
  const name = `node_hwmon_${kind}${suffix(element, hasPlain)}`;
  if (element === 'fault' || element === 'alarm') {
    return { metric: gauge(name, `Hardware sensor ${element} status (${kind})`, LABELS), scale: asIs };
  }
  if (element === 'beep') {
    return { metric: gauge(`${name}_enabled`, 'Hardware monitor sensor has beeping enabled', LABELS), scale: asIs };
  }
  return withUnit(name, kind, element);
}

/** Files that are alone of their kind and have no element. */
export const SINGLE_FILES: ReadonlyMap<string, SensorMetric> = new Map(
  Object.entries<SensorMetric>({
    beep_enable: {
      metric: gauge('node_hwmon_beep_enabled', 'Hardware beep enabled', LABELS),
      scale: (value) => (value === 1 ? 1 : 0),
    },
    vrm: {
      metric: gauge('node_hwmon_voltage_regulator_version', 'Hardware voltage regulator', LABELS),
      scale: asIs,
    },
    update_interval: {
      metric: gauge('node_hwmon_update_interval_seconds', 'Hardware monitor update interval', LABELS),
      scale: fromMilli,
    },
  }),
);

function suffix(element: string, hasPlain: boolean): string {
  // `input` is the value itself.
  if (element === 'input') return hasPlain ? '_input' : '';
  return element === '' ? '' : `_${cleanName(element)}`;
}

const POWER_INTERVALS: ReadonlySet<string> = new Set([
  'average_interval',
  'average_interval_min',
  'average_interval_max',
]);
const FAN_SPEEDS: ReadonlySet<string> = new Set(['input', 'min', 'max', 'target']);

function withUnit(name: string, kind: string, element: string): SensorMetric {
  if (kind === 'in' || kind === 'cpu') {
    return { metric: gauge(`${name}_volts`, `Hardware monitor for voltage (${element})`, LABELS), scale: fromMilli };
  }
  if (kind === 'temp' && element !== 'type') {
    const what = element === '' ? 'input' : element;
    return { metric: gauge(`${name}_celsius`, `Hardware monitor for temperature (${what})`, LABELS), scale: fromMilli };
  }
  if (kind === 'curr') {
    return { metric: gauge(`${name}_amps`, `Hardware monitor for current (${element})`, LABELS), scale: fromMilli };
  }
  if (kind === 'energy') {
    const help = `Hardware monitor for joules used so far (${element})`;
    return { metric: counter(`${name}_joule_total`, help, LABELS), scale: fromMicro };
  }
  if (kind === 'power') return powerMetric(name, element);
  if (kind === 'humidity') {
    const help = `Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) (${element})`;
    return { metric: gauge(name, help, LABELS), scale: fromMicro };
  }
  if (kind === 'fan' && FAN_SPEEDS.has(element)) {
    const help = `Hardware monitor for fan revolutions per minute (${element})`;
    return { metric: gauge(`${name}_rpm`, help, LABELS), scale: asIs };
  }
  if (kind === 'freq' && element === 'input') {
    return { metric: gauge(`${name}_freq_mhz`, 'Hardware monitor for GPU frequency in MHz', LABELS), scale: fromMicro };
  }
  return { metric: gauge(name, `Hardware monitor ${kind} element ${element}`, LABELS), scale: asIs };
}

function powerMetric(name: string, element: string): SensorMetric {
  if (element === 'accuracy') {
    return { metric: gauge(name, 'Hardware monitor power meter accuracy, as a ratio', LABELS), scale: fromMicro };
  }
  if (POWER_INTERVALS.has(element)) {
    const help = `Hardware monitor power usage update interval (${element})`;
    return { metric: gauge(`${name}_seconds`, help, LABELS), scale: fromMilli };
  }
  const help = `Hardware monitor for power usage in watts (${element})`;
  return { metric: gauge(`${name}_watt`, help, LABELS), scale: fromMicro };
}

/** A name by the kernel as part of a metric name or label value: `0000:45:00.0` → `0000:45:00_0`. */
export function cleanName(name: string): string {
  return trimBothOf(name.toLowerCase().replace(/[^a-z0-9:_]/g, '_'), '_');
}
