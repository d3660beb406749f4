import t from 'tap';
import { escapeName, unescapeName, writeName } from '../../src/metrics/escape-name.js';
import { gauge } from '../../src/metrics/metric-definition.js';
import { MetricSet } from '../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../src/metrics/write-text.js';

/** The names as blackbox_exporter 0.28 writes them. */
const NAMES = [
  ['legacy_name:1', 'legacy_name:1', 'legacy_name:1', 'legacy_name:1', 'legacy_name:1'],
  ['ssh-version', '"ssh-version"', 'ssh_version', 'ssh__version', 'U__ssh_2d_version'],
  ['1äb:c', '"1äb:c"', '__b:c', '____b:c', 'U___31__e4_b:c'],
  ['z z', '"z z"', 'z_z', 'z__z', 'U__z_20_z'],
  ['a_b.c', '"a_b.c"', 'a_b_c', 'a__b_dot_c', 'U__a__b_2e_c'],
  ['q"\\', '"q\\"\\\\"', 'q__', 'q____', 'U__q_22__5c_'],
] as const;

t.test('label names', async (t) => {
  for (const [name, quoted, underscores, dots, values] of NAMES) {
    t.equal(writeName(name, 'allow-utf-8'), quoted, `${name}, quoted`);
    t.equal(escapeName(name, 'underscores'), underscores, `${name}, underscores`);
    t.equal(escapeName(name, 'dots'), dots, `${name}, dots`);
    t.equal(escapeName(name, 'values'), values, `${name}, values`);
  }
});

t.test('definitions of one name make one family', async (t) => {
  const metrics = new MetricSet();
  metrics.setWith(gauge('x_info', 'help', ['b-c']), { 'b-c': '1' }, 1);
  metrics.setWith(gauge('x_info', 'help', ['d']), { d: '2' }, 1);
  t.equal(writeMetricSet(metrics), '# HELP x_info help\n# TYPE x_info gauge\nx_info{b_c="1"} 1\nx_info{d="2"} 1\n');
  t.match(writeMetricSet(metrics, 'allow-utf-8'), '\nx_info{"b-c"="1"} 1\n');
  t.strictSame(
    metrics.families().map(({ name, samples }) => [name, samples.length]),
    [['x_info', 2]],
  );
});

t.test('what the scheme "values" has made is made undone', async (t) => {
  for (const [name, , , , values] of NAMES) t.equal(unescapeName(values), name, name);
  // What is no such name stays as it is, as with Go's model.UnescapeName.
  for (const [name, unescaped] of [
    ['plain', 'plain'],
    ['U__', ''],
    ['U__a__b', 'a_b'],
    ['U__a_2e_b', 'a.b'],
    ['U__a_2E_b', 'a.b'],
    ['U__a_1f600_b', 'a😀b'],
    ['U__a_2e', 'U__a_2e'],
    ['U__a_2e.b', 'U__a_2e.b'],
    ['U__a.b', 'a.b'],
    ['U__a_00041_', 'aA'],
    ['U__a__', 'a_'],
    ['U__a_xy_b', 'U__a_xy_b'],
    ['U__a_10ffff_b', 'U__a_10ffff_b'],
    ['U__a_d800_b', 'U__a_d800_b'],
    ['U__a_000041_b', 'U__a_000041_b'],
    ['U__a_', 'U__a_'],
  ] as const) {
    t.equal(unescapeName(name), unescaped, name);
  }
});
