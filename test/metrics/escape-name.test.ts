import t from 'tap';
import { escapeLabelName } from '../../src/metrics/escape-name.js';
import { gauge } from '../../src/metrics/metric-definition.js';
import { MetricSet } from '../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../src/metrics/write-text.js';

/** As blackbox_exporter 0.28 writes them. */
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
    t.equal(escapeLabelName(name, 'allow-utf-8'), quoted, `${name}, quoted`);
    t.equal(escapeLabelName(name, 'underscores'), underscores, `${name}, underscores`);
    t.equal(escapeLabelName(name, 'dots'), dots, `${name}, dots`);
    t.equal(escapeLabelName(name, 'values'), values, `${name}, values`);
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
