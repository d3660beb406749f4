import { counter, gauge } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { loadTimex, type ReadTimex, type TimexFacts, type TimexReading } from '../kernel/timex-native.js';
import type { MetricSink } from '../metric-sink.js';

/** The clock follows no server (TIME_ERROR). */
const STATE_ERROR = 5;
/** The status bit that says that offset and jitter are in nanoseconds instead of microseconds (STA_NANO). */
const STATUS_NANO = 0x2000;
const MICROSECONDS = 1e6;
const NANOSECONDS = 1e9;
/** Frequencies are in parts per million with a fraction of 16 bits. */
const SCALED_PPM = 1e6 * 65_536;

const syncStatus = gauge('node_timex_sync_status', 'Is clock synchronized to a reliable server (1 = yes, 0 = no).');

/**
 * Each metric, and what it is made of; `perSecond` is how many of the kernel's units of offset and jitter are a second.
 */
const METRICS = [
  [
    gauge('node_timex_offset_seconds', 'Time offset in between local system and reference clock.'),
    (facts: TimexFacts, perSecond: number) => facts.offset / perSecond,
  ],
  [
    gauge('node_timex_frequency_adjustment_ratio', 'Local clock frequency adjustment.'),
    ({ frequency }: TimexFacts) => 1 + frequency / SCALED_PPM,
  ],
  [
    gauge('node_timex_maxerror_seconds', 'Maximum error in seconds.'),
    ({ maximumError }: TimexFacts) => maximumError / MICROSECONDS,
  ],
  [
    gauge('node_timex_estimated_error_seconds', 'Estimated error in seconds.'),
    ({ estimatedError }: TimexFacts) => estimatedError / MICROSECONDS,
  ],
  [gauge('node_timex_status', 'Value of the status array bits.'), ({ status }: TimexFacts) => status],
  [gauge('node_timex_loop_time_constant', 'Phase-locked loop time constant.'), ({ constant }: TimexFacts) => constant],
  [gauge('node_timex_tick_seconds', 'Seconds between clock ticks.'), ({ tick }: TimexFacts) => tick / MICROSECONDS],
  [
    gauge('node_timex_pps_frequency_hertz', 'Pulse per second frequency.'),
    ({ ppsFrequency }: TimexFacts) => ppsFrequency / SCALED_PPM,
  ],
  [
    gauge('node_timex_pps_jitter_seconds', 'Pulse per second jitter.'),
    (facts: TimexFacts, perSecond: number) => facts.jitter / perSecond,
  ],
  [gauge('node_timex_pps_shift_seconds', 'Pulse per second interval duration.'), ({ shift }: TimexFacts) => shift],
  [
    gauge('node_timex_pps_stability_hertz', 'Pulse per second stability, average of recent frequency changes.'),
    ({ stability }: TimexFacts) => stability / SCALED_PPM,
  ],
  [
    counter('node_timex_pps_jitter_total', 'Pulse per second count of jitter limit exceeded events.'),
    ({ jitterCount }: TimexFacts) => jitterCount,
  ],
  [
    counter('node_timex_pps_calibration_total', 'Pulse per second count of calibration intervals.'),
    ({ calibrationCount }: TimexFacts) => calibrationCount,
  ],
  [
    counter('node_timex_pps_error_total', 'Pulse per second count of calibration errors.'),
    ({ errorCount }: TimexFacts) => errorCount,
  ],
  [
    counter('node_timex_pps_stability_exceeded_total', 'Pulse per second count of stability limit exceeded events.'),
    ({ stabilityCount }: TimexFacts) => stabilityCount,
  ],
  [gauge('node_timex_tai_offset_seconds', 'International Atomic Time (TAI) offset.'), ({ tai }: TimexFacts) => tai],
] as const;

/** The kernel's clock, by adjtimex(2) through the addon; without the addon it has no data, and says so once. */
export const timex: CollectorSpec = {
  name: 'timex',
  isDefault: true,
  flags: [],
  create: (_options, { log }) => {
    const loaded = loadTimex();
    if ('missing' in loaded) log.warn('timex metrics are left out', { reason: loaded.missing });
    return {
      collect: ({ metrics }) => {
        if ('missing' in loaded) throw new NoData(loaded.missing);
        reportTimex(metrics, readUnlessForbidden(loaded.read));
      },
    };
  },
};

/** Sets all metrics of one reading. */
export function reportTimex(metrics: MetricSink, { state, facts }: TimexReading): void {
  const perSecond = (facts.status & STATUS_NANO) === 0 ? MICROSECONDS : NANOSECONDS;
  metrics.set(syncStatus, state === STATE_ERROR ? 0 : 1);
  for (const [metric, valueOf] of METRICS) metrics.set(metric, valueOf(facts, perSecond));
}

function readUnlessForbidden(read: ReadTimex): TimexReading {
  try {
    return read();
  } catch (error) {
    const isForbidden =
      error instanceof Error && 'code' in error && (error.code === 'EPERM' || error.code === 'EACCES');
    if (isForbidden) throw new NoData('the system forbids adjtimex', { cause: error });
    throw error;
  }
}
