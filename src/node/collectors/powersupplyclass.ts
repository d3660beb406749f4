import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { compileFilter } from '../name-filter.js';
import { integerLater, namesOrNoData } from '../sysfs-values.js';

/** Files that hold a number, with the name of the metric and the divisor. */
const NUMBERS: readonly (readonly [file: string, metric: string, divisor: number])[] = [
  ['authentic', 'authentic', 1],
  ['calibrate', 'calibrate', 1],
  ['capacity', 'capacity', 1],
  ['capacity_alert_max', 'capacity_alert_max', 1],
  ['capacity_alert_min', 'capacity_alert_min', 1],
  ['cycle_count', 'cyclecount', 1],
  ['online', 'online', 1],
  ['present', 'present', 1],
  ['time_to_empty_now', 'time_to_empty_seconds', 1],
  ['time_to_full_now', 'time_to_full_seconds', 1],
  ['current_boot', 'current_boot', 1e6],
  ['current_max', 'current_max', 1e6],
  ['current_now', 'current_ampere', 1e6],
  ['energy_empty', 'energy_empty', 1e6],
  ['energy_empty_design', 'energy_empty_design', 1e6],
  ['energy_full', 'energy_full', 1e6],
  ['energy_full_design', 'energy_full_design', 1e6],
  ['energy_now', 'energy_watthour', 1e6],
  ['voltage_boot', 'voltage_boot', 1e6],
  ['voltage_max', 'voltage_max', 1e6],
  ['voltage_max_design', 'voltage_max_design', 1e6],
  ['voltage_min', 'voltage_min', 1e6],
  ['voltage_min_design', 'voltage_min_design', 1e6],
  ['voltage_now', 'voltage_volt', 1e6],
  ['voltage_ocv', 'voltage_ocv', 1e6],
  ['charge_control_limit', 'charge_control_limit', 1e6],
  ['charge_control_limit_max', 'charge_control_limit_max', 1e6],
  ['charge_counter', 'charge_counter', 1e6],
  ['charge_empty', 'charge_empty', 1e6],
  ['charge_empty_design', 'charge_empty_design', 1e6],
  ['charge_full', 'charge_full', 1e6],
  ['charge_full_design', 'charge_full_design', 1e6],
  ['charge_now', 'charge_ampere', 1e6],
  ['charge_term_current', 'charge_term_current', 1e6],
  ['constant_charge_current', 'constant_charge_current', 1e6],
  ['constant_charge_current_max', 'constant_charge_current_max', 1e6],
  ['constant_charge_voltage', 'constant_charge_voltage', 1e6],
  ['constant_charge_voltage_max', 'constant_charge_voltage_max', 1e6],
  ['precharge_current', 'precharge_current', 1e6],
  ['input_current_limit', 'input_current_limit', 1e6],
  ['power_now', 'power_watt', 1e6],
  ['temp', 'temp_celsius', 10],
  ['temp_alert_max', 'temp_alert_max_celsius', 10],
  ['temp_alert_min', 'temp_alert_min_celsius', 10],
  ['temp_ambient', 'temp_ambient_celsius', 10],
  ['temp_ambient_max', 'temp_ambient_max_celsius', 10],
  ['temp_ambient_min', 'temp_ambient_min_celsius', 10],
  ['temp_max', 'temp_max_celsius', 10],
  ['temp_min', 'temp_min_celsius', 10],
];

const GAUGES = NUMBERS.map(([file, metric, divisor]) => ({
  file,
  divisor,
  metric: gauge(`node_power_supply_${metric}`, `${metric} value of /sys/class/power_supply/<power_supply>.`, [
    'power_supply',
  ]),
}));

/** Files that become labels of the info metric; `power_supply` takes its place among them. */
const TEXTS = [
  'capacity_level',
  'charge_type',
  'health',
  'manufacturer',
  'model_name',
  'scope',
  'serial_number',
  'status',
  'technology',
  'type',
  'usb_type',
] as const;

const FOLDER = 'class/power_supply';

/** /sys/class/power_supply: batteries and mains. */
export const powersupplyclass: CollectorSpec = {
  name: 'powersupplyclass',
  isDefault: true,
  flags: [
    {
      kind: 'value',
      name: 'powersupply.ignored-supplies',
      default: '^$',
      help: 'Regexp of power supplies to ignore for powersupplyclass collector.',
    },
  ],
  create: (options) => {
    const flag = 'powersupply.ignored-supplies';
    const isIgnored = compileFilter(flag, options.text(flag));
    return {
      collect: async (scrape) => {
        const names = namesOrNoData(scrape.files.sys, FOLDER).filter((name) => isIgnored?.(name) !== true);
        await Promise.all(names.map((name) => collectSupply(scrape, name)));
      },
    };
  },
};

async function collectSupply({ metrics, files: { sys } }: Scrape, power_supply: string): Promise<void> {
  const folder = `${FOLDER}/${power_supply}`;
  const present = new Set(sys.namesIfAny(folder));
  // One after the other: the firmware behind a battery answers one question at a time anyway.
  for (const { file, metric, divisor } of GAUGES) {
    const value = present.has(file) ? await integerLater(sys, `${folder}/${file}`) : undefined;
    if (value !== undefined) metrics.setWith(metric, { power_supply }, value / divisor);
  }
  const labels = [{ name: 'power_supply', value: power_supply }];
  for (const name of TEXTS) {
    const value = present.has(name) ? await sys.valueLater(`${folder}/${name}`) : undefined;
    if (value !== undefined && value !== '') labels.push({ name, value });
  }
  metrics.add({
    name: 'node_power_supply_info',
    help: 'info of /sys/class/power_supply/<power_supply>.',
    type: 'gauge',
    samples: [{ kind: 'value', labels: labels.sort((a, b) => (a.name < b.name ? -1 : 1)), value: 1 }],
  });
}
