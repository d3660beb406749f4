import t from 'tap';
import { powersupplyclass } from '../../../src/node/collectors/powersupplyclass.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

/**
 * Files in millionths, by the end of their metric's name where that is another (Linux,
 * Documentation/ABI/testing/sysfs-class-power).
 */
const MILLIONTHS: Readonly<Record<string, string>> = {
  ...sameNames('current_boot current_max energy_empty energy_empty_design energy_full energy_full_design'),
  ...sameNames('voltage_boot voltage_max voltage_max_design voltage_min voltage_min_design voltage_ocv'),
  ...sameNames('charge_control_limit charge_control_limit_max charge_counter charge_empty charge_empty_design'),
  ...sameNames('charge_full charge_full_design charge_term_current constant_charge_current'),
  ...sameNames('constant_charge_current_max constant_charge_voltage constant_charge_voltage_max'),
  ...sameNames('precharge_current input_current_limit'),
  current_now: 'current_ampere',
  energy_now: 'energy_watthour',
  voltage_now: 'voltage_volt',
  charge_now: 'charge_ampere',
  power_now: 'power_watt',
};

const TENTHS: Readonly<Record<string, string>> = Object.fromEntries(
  ['', '_alert_max', '_alert_min', '_ambient', '_ambient_max', '_ambient_min', '_max', '_min'].map((end) => [
    `temp${end}`,
    `temp${end}_celsius`,
  ]),
);

const WHOLE: Readonly<Record<string, string>> = {
  ...sameNames('authentic calibrate capacity capacity_alert_max capacity_alert_min online present'),
  cycle_count: 'cyclecount',
  time_to_empty_now: 'time_to_empty_seconds',
  time_to_full_now: 'time_to_full_seconds',
};

function sameNames(names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, name]));
}

t.test('each file in the unit of its metric', async (t) => {
  const units = [
    { files: MILLIONTHS, shown: '1.5' },
    { files: TENTHS, shown: '150000' },
    { files: WHOLE, shown: '1.5e+06' },
  ];
  const names = units.flatMap(({ files }) => Object.keys(files));
  const sys = Object.fromEntries(names.map((file) => [`class/power_supply/BAT0/${file}`, '1500000\n']));
  const output = await askCollector(powersupplyclass, { paths: hostTree(t, { sys }) }).scrape();
  const samples = output.split('\n').filter((line) => line.startsWith('node_') && !line.includes('_info{'));
  const expected = units.flatMap(({ files, shown }) =>
    Object.values(files).map((metric) => `node_power_supply_${metric}{power_supply="BAT0"} ${shown}`),
  );
  t.same(samples.sort(), expected.sort());
});
