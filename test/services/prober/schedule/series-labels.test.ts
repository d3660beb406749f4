import t from 'tap';
import { seriesLabels, withLabels } from '../../../../src/services/prober/schedule/series-labels.js';

const labelsOf = (text: string) =>
  text
    .split(' ')
    .filter((each) => each !== '')
    .map((each) => each.split('='))
    .map(([name = '', value = '']) => ({ name, value }));
const shown = (labels: ReturnType<typeof labelsOf> | ReturnType<typeof withLabels>) =>
  labels.map(({ name, value }) => `${name}=${value}`).join(' ');

const OF_SERIES: readonly (readonly [name: string, target: string, own: string, expected: string])[] = [
  ['nothing of its own', 'b=1', '', 'b=1'],
  ['names that are free', 'b=1', 'c=3 a=2', 'a=2 b=1 c=3'],
  ['a name that both have', 'phase=x', 'phase=tls', 'exported_phase=tls phase=x'],
  [
    'the other name is taken, too',
    'exported_phase=y phase=x',
    'phase=tls',
    'exported_exported_phase=tls exported_phase=y phase=x',
  ],
  [
    'the other name is one of its own',
    'phase=x',
    'phase=tls exported_phase=own',
    'exported_exported_phase=tls exported_phase=own phase=x',
  ],
];
for (const [name, target, own, expected] of OF_SERIES) {
  t.test(name, async (t) => {
    t.equal(shown(withLabels(labelsOf(target), labelsOf(own))), expected);
  });
}

t.test('labels of a target that buckets need give way', async (t) => {
  const labels = new Map([
    ['le', '1'],
    ['exported_le', '2'],
    ['quantile', '3'],
    ['__meta', 'x'],
    ['empty', ''],
  ]);
  t.equal(
    shown(seriesLabels({ target: 'x', module: undefined, labels, params: new Map(), schedule: undefined })),
    'exported_exported_le=1 exported_le=2 exported_quantile=3 instance=x module=http_2xx',
  );
});
