import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { writeFamilies } from '../../../src/metrics/write-text.js';
import { reportTimex, timex } from '../../../src/node/collectors/timex.js';
import { loadTimex, type TimexFacts } from '../../../src/node/kernel/timex-native.js';
import { mergeCollected } from '../../../src/node/merge-collected.js';
import { CollectedMetrics } from '../../../src/node/metric-sink.js';
import { countSamples } from '../../helpers/node/node-fixtures.js';
import { askCollector } from '../../helpers/services/collect.js';

const FACTS: TimexFacts = {
  offset: -250_000,
  frequency: 65_536_000,
  maximumError: 16_000_000,
  estimatedError: 500,
  status: 0x2001,
  constant: 7,
  tick: 10_000,
  ppsFrequency: 131_072_000_000,
  jitter: 3000,
  shift: 4,
  stability: 65_536,
  jitterCount: 1,
  calibrationCount: 2,
  errorCount: 3,
  stabilityCount: 4,
  tai: 37,
};

function samplesOf(state: number, facts: TimexFacts): readonly string[] {
  const metrics = new CollectedMetrics();
  reportTimex(metrics, { state, facts });
  return writeFamilies(mergeCollected([metrics]).families)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

t.test('units', async (t) => {
  t.same(samplesOf(0, FACTS), [
    'node_timex_estimated_error_seconds 0.0005',
    'node_timex_frequency_adjustment_ratio 1.001',
    'node_timex_loop_time_constant 7',
    'node_timex_maxerror_seconds 16',
    'node_timex_offset_seconds -0.00025',
    'node_timex_pps_calibration_total 2',
    'node_timex_pps_error_total 3',
    'node_timex_pps_frequency_hertz 2',
    'node_timex_pps_jitter_seconds 3e-06',
    'node_timex_pps_jitter_total 1',
    'node_timex_pps_shift_seconds 4',
    'node_timex_pps_stability_exceeded_total 4',
    'node_timex_pps_stability_hertz 1e-06',
    'node_timex_status 8193',
    'node_timex_sync_status 1',
    'node_timex_tai_offset_seconds 37',
    'node_timex_tick_seconds 0.01',
  ]);
});

t.test('a clock that follows no server, in microseconds', async (t) => {
  const samples = samplesOf(5, { ...FACTS, status: 0x40 });
  t.ok(samples.includes('node_timex_sync_status 0'));
  t.ok(samples.includes('node_timex_offset_seconds -0.25'));
  t.ok(samples.includes('node_timex_pps_jitter_seconds 0.003'));
});

t.test('the clock of this machine', async (t) => {
  const loaded = loadTimex();
  const asked = askCollector(timex);
  if ('missing' in loaded) {
    t.comment(`skipped: ${loaded.missing}`);
    await t.rejects(asked.scrape(), { name: 'NoData', message: loaded.missing });
    return;
  }
  const outcome = await asked.scrape().catch((error: unknown) => error);
  // A container may forbid the call.
  if (typeof outcome === 'string') t.equal(countSamples(outcome), 17);
  else t.match(outcome, { name: 'NoData' });
});

t.test('without the addon', async (t) => {
  const folder = t.testdir();
  t.match(loadTimex(pathToFileURL(`${folder}/`)), {
    missing: /^it was not built: run `node \/.*scripts\/build-native\.mjs`$/,
  });
  writeFileSync(join(folder, 'timex.missing'), 'it could not be built: there is no C compiler\n');
  t.same(loadTimex(pathToFileURL(`${folder}/`)), { missing: 'it could not be built: there is no C compiler' });
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'broken/timex.node'), 'no library');
  t.match(loadTimex(pathToFileURL(`${folder}/broken/`)), { missing: /invalid ELF header|file too short/ });
});
