import t from 'tap';
import { hwmon } from '../../../src/node/collectors/hwmon.js';
import { type Files, hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

/** A chip's files below its folder, given by their names. */
function chip(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`class/hwmon/${folder}/${name}`, content]));
}

const samplesOf = (output: string): readonly string[] =>
  output.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

t.test('units, names and help of each kind of sensor', async (t) => {
  const sys = {
    ...chip('hwmon0', {
      name: 'chip a\n',
      beep_enable: '1\n',
      cpu0_vid: '1100\n',
      curr1_input: '1500\n',
      curr1_max: '2000\n',
      energy1_input: '123456789\n',
      energy2_label: 'é\n',
      fan1: '9\n',
      fan1_div: '4\n',
      fan1_input: '1200\n',
      freq1_input: '2000000\n',
      freq2_input: '5000000\n',
      freq2_label: 'SCLK x\n',
      freq2_max: '7\n',
      humidity1_input: '45500\n',
      in1_input: 'abc\n',
      in1_label: '  Core  \n',
      in2_input: '0x10\n',
      in3_input: '1e3\n',
      intrusion0_alarm: '1\n',
      'power/control': 'auto\n',
      power1_accuracy: '5000\n',
      power1_average: '64000000\n',
      power1_average_interval: '1000\n',
      power1_input: '65000000\n',
      pwm1: '128\n',
      pwm1_enable: '2\n',
      temp: '30500\n',
      temp1_fault: '0\n',
      temp1_input: '40000\n',
      temp1_type: '4\n',
      temp99999999999999999999_input: '3\n',
      uevent: 'FOO=bar\n',
      update_interval: '2000\n',
      vrm: '9\n',
    }),
    ...chip('hwmon1', { temp1_input: '1\n' }),
  };
  t.equal(await askCollector(hwmon, { paths: hostTree(t, { sys }) }).scrape(), GOLDEN);
});

t.test('chips are told apart', async (t) => {
  const sys = {
    'devices/platform/lone/uevent': '',
    'devices/platform/pair/uevent': '',
    'devices/platform/twins/uevent': '',
    ...chip('hwmon0', { device: '-> ../../../devices/platform/lone', name: 'one', temp1_input: '1000' }),
    ...chip('hwmon1', { device: '-> ../../../devices/platform/pair', name: 'left', temp1_input: '2000' }),
    ...chip('hwmon2', { device: '-> ../../../devices/platform/pair', name: 'right', temp1_input: '3000' }),
    ...chip('hwmon3', { device: '-> ../../../devices/platform/twins', name: 'same', temp1_input: '4000' }),
    ...chip('hwmon4', { device: '-> ../../../devices/platform/twins', name: 'same', temp1_input: '5000' }),
  };
  const output = await askCollector(hwmon, { paths: hostTree(t, { sys }) }).scrape();
  t.same(
    samplesOf(output).filter((line) => line.startsWith('node_hwmon_temp')),
    [
      'node_hwmon_temp_celsius{chip="platform_lone",sensor="temp1"} 1',
      'node_hwmon_temp_celsius{chip="platform_pair_left",sensor="temp1"} 2',
      'node_hwmon_temp_celsius{chip="platform_pair_right",sensor="temp1"} 3',
      'node_hwmon_temp_celsius{chip="platform_twins_hwmon3",sensor="temp1"} 4',
      'node_hwmon_temp_celsius{chip="platform_twins_hwmon4",sensor="temp1"} 5',
    ],
  );
});

t.test('a sensor that will not answer costs its own series', async (t) => {
  // Reading a process's memory at 0 fails with EIO, as a chip that does not answer does.
  const sys = chip('hwmon0', {
    name: 'c',
    temp1_input: '-> /proc/self/mem',
    temp1_max: '90000',
    temp2_input: '-> /nowhere',
  });
  const output = await askCollector(hwmon, { paths: hostTree(t, { sys }) }).scrape();
  t.same(samplesOf(output), [
    'node_hwmon_chip_names{chip="c",chip_name="c"} 1',
    'node_hwmon_temp_max_celsius{chip="c",sensor="temp1"} 90',
  ]);
});

t.test('chips and sensors are chosen', async (t) => {
  const sys = {
    ...chip('hwmon0', { name: 'a', temp1_input: '1000', temp2_input: '2000' }),
    ...chip('hwmon1', { name: 'b', temp1_input: '3000' }),
  };
  const paths = hostTree(t, { sys });
  const rows = [
    { flags: { 'hwmon.chip-include': 'a' }, temperatures: [1, 2] },
    { flags: { 'hwmon.chip-exclude': 'a' }, temperatures: [3] },
    { flags: { 'hwmon.sensor-include': 'temp1' }, temperatures: [1, 3] },
    { flags: { 'hwmon.sensor-exclude': '^a;temp2$' }, temperatures: [1, 3] },
    { flags: { 'hwmon.chip-include': 'a', 'hwmon.chip-exclude': 'b' }, temperatures: [1, 2] },
    { flags: { 'hwmon.sensor-include': 'temp1', 'hwmon.sensor-exclude': '^a' }, temperatures: [3] },
  ];
  for (const { flags, temperatures } of rows) {
    const output = await askCollector(hwmon, { paths, flags }).scrape();
    const found = samplesOf(output).filter((line) => line.includes('celsius'));
    t.same(
      found.map((line) => Number(line.split(' ')[1])),
      temperatures,
      JSON.stringify(flags),
    );
  }
});

t.test('a host without sensors', async (t) => {
  await t.rejects(askCollector(hwmon, { paths: hostTree(t, {}) }).scrape(), { name: 'NoData' });
});

/**
 * What node_exporter 1.11 answers for the same files, but for `freq2_max`, whose sensor it calls \`sclk_x\` now and
 * then.
 */
const GOLDEN = `# HELP node_hwmon_beep_enabled Hardware beep enabled
# TYPE node_hwmon_beep_enabled gauge
node_hwmon_beep_enabled{chip="chip_a",sensor="beep_enable0"} 1
# HELP node_hwmon_chip_names Annotation metric for human-readable chip names
# TYPE node_hwmon_chip_names gauge
node_hwmon_chip_names{chip="chip_a",chip_name="chip_a"} 1
# HELP node_hwmon_cpu_vid_volts Hardware monitor for voltage (vid)
# TYPE node_hwmon_cpu_vid_volts gauge
node_hwmon_cpu_vid_volts{chip="chip_a",sensor="cpu0"} 1.1
# HELP node_hwmon_curr_amps Hardware monitor for current (input)
# TYPE node_hwmon_curr_amps gauge
node_hwmon_curr_amps{chip="chip_a",sensor="curr1"} 1.5
# HELP node_hwmon_curr_max_amps Hardware monitor for current (max)
# TYPE node_hwmon_curr_max_amps gauge
node_hwmon_curr_max_amps{chip="chip_a",sensor="curr1"} 2
# HELP node_hwmon_energy_joule_total Hardware monitor for joules used so far (input)
# TYPE node_hwmon_energy_joule_total counter
node_hwmon_energy_joule_total{chip="chip_a",sensor="energy1"} 123.456789
# HELP node_hwmon_fan Hardware monitor fan element 
# TYPE node_hwmon_fan gauge
node_hwmon_fan{chip="chip_a",sensor="fan1"} 9
# HELP node_hwmon_fan_div Hardware monitor fan element div
# TYPE node_hwmon_fan_div gauge
node_hwmon_fan_div{chip="chip_a",sensor="fan1"} 4
# HELP node_hwmon_fan_input_rpm Hardware monitor for fan revolutions per minute (input)
# TYPE node_hwmon_fan_input_rpm gauge
node_hwmon_fan_input_rpm{chip="chip_a",sensor="fan1"} 1200
# HELP node_hwmon_freq_freq_mhz Hardware monitor for GPU frequency in MHz
# TYPE node_hwmon_freq_freq_mhz gauge
node_hwmon_freq_freq_mhz{chip="chip_a",sensor="sclk_x"} 5
# HELP node_hwmon_freq_max Hardware monitor freq element max
# TYPE node_hwmon_freq_max gauge
node_hwmon_freq_max{chip="chip_a",sensor="freq2"} 7
# HELP node_hwmon_humidity Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) (input)
# TYPE node_hwmon_humidity gauge
node_hwmon_humidity{chip="chip_a",sensor="humidity1"} 0.0455
# HELP node_hwmon_in_volts Hardware monitor for voltage (input)
# TYPE node_hwmon_in_volts gauge
node_hwmon_in_volts{chip="chip_a",sensor="in3"} 1
# HELP node_hwmon_intrusion_alarm Hardware sensor alarm status (intrusion)
# TYPE node_hwmon_intrusion_alarm gauge
node_hwmon_intrusion_alarm{chip="chip_a",sensor="intrusion0"} 1
# HELP node_hwmon_power_accuracy Hardware monitor power meter accuracy, as a ratio
# TYPE node_hwmon_power_accuracy gauge
node_hwmon_power_accuracy{chip="chip_a",sensor="power1"} 0.005
# HELP node_hwmon_power_average_interval_seconds Hardware monitor power usage update interval (average_interval)
# TYPE node_hwmon_power_average_interval_seconds gauge
node_hwmon_power_average_interval_seconds{chip="chip_a",sensor="power1"} 1
# HELP node_hwmon_power_average_watt Hardware monitor for power usage in watts (average)
# TYPE node_hwmon_power_average_watt gauge
node_hwmon_power_average_watt{chip="chip_a",sensor="power1"} 64
# HELP node_hwmon_power_watt Hardware monitor for power usage in watts (input)
# TYPE node_hwmon_power_watt gauge
node_hwmon_power_watt{chip="chip_a",sensor="power1"} 65
# HELP node_hwmon_pwm Hardware monitor pwm element 
# TYPE node_hwmon_pwm gauge
node_hwmon_pwm{chip="chip_a",sensor="pwm1"} 128
# HELP node_hwmon_pwm_enable Hardware monitor pwm element enable
# TYPE node_hwmon_pwm_enable gauge
node_hwmon_pwm_enable{chip="chip_a",sensor="pwm1"} 2
# HELP node_hwmon_sensor_label Label for given chip and sensor
# TYPE node_hwmon_sensor_label gauge
node_hwmon_sensor_label{chip="chip_a",label="  Core  ",sensor="in1"} 1
node_hwmon_sensor_label{chip="chip_a",label="SCLK x",sensor="freq2"} 1
node_hwmon_sensor_label{chip="chip_a",label="é",sensor="energy2"} 1
# HELP node_hwmon_temp_celsius Hardware monitor for temperature (input)
# TYPE node_hwmon_temp_celsius gauge
node_hwmon_temp_celsius{chip="chip_a",sensor="temp0"} 30.5
node_hwmon_temp_celsius{chip="chip_a",sensor="temp1"} 40
node_hwmon_temp_celsius{chip="hwmon1",sensor="temp1"} 0.001
# HELP node_hwmon_temp_fault Hardware sensor fault status (temp)
# TYPE node_hwmon_temp_fault gauge
node_hwmon_temp_fault{chip="chip_a",sensor="temp1"} 0
# HELP node_hwmon_temp_type Hardware monitor temp element type
# TYPE node_hwmon_temp_type gauge
node_hwmon_temp_type{chip="chip_a",sensor="temp1"} 4
# HELP node_hwmon_update_interval_seconds Hardware monitor update interval
# TYPE node_hwmon_update_interval_seconds gauge
node_hwmon_update_interval_seconds{chip="chip_a",sensor="update_interval0"} 2
# HELP node_hwmon_voltage_regulator_version Hardware voltage regulator
# TYPE node_hwmon_voltage_regulator_version gauge
node_hwmon_voltage_regulator_version{chip="chip_a",sensor="vrm0"} 9
`;
