import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { zoneAbbreviation } from '../time-zone.js';

const now = gauge('node_time_seconds', 'System time in seconds since epoch (1970).');
const zoneOffset = gauge('node_time_zone_offset_seconds', 'System time zone offset in seconds.', ['time_zone']);
const availableSource = gauge(
  'node_time_clocksource_available_info',
  "Available clocksources read from '/sys/devices/system/clocksource'.",
  ['device', 'clocksource'],
);
const currentSource = gauge(
  'node_time_clocksource_current_info',
  "Current clocksource read from '/sys/devices/system/clocksource'.",
  ['device', 'clocksource'],
);

const FOLDER = 'devices/system/clocksource';

/** The clock, the time zone and the kernel's clock sources. */
export const time: CollectorSpec = {
  name: 'time',
  isDefault: true,
  flags: [],
  create: (_options, { clock, env }) => ({
    collect: ({ metrics, files }) => {
      const wallSeconds = clock.wallSeconds();
      metrics.set(now, wallSeconds);
      const offsetSeconds = -60 * new Date(wallSeconds * 1000).getTimezoneOffset();
      // No negative zero, which would be shown.
      const offset = offsetSeconds === 0 ? 0 : offsetSeconds;
      metrics.setWith(zoneOffset, { time_zone: zoneAbbreviation(env['TZ'], offset) }, offset);
      setClockSources(metrics, files.sys);
    },
  }),
};

function setClockSources(metrics: MetricSink, sys: FileTree): void {
  for (const name of sys.namesIfAny(FOLDER)) {
    const device = /^clocksource(\d+)$/.exec(name)?.[1];
    if (device === undefined) continue;
    for (const clocksource of wordsOf(sys.value(`${FOLDER}/${name}/available_clocksource`) ?? '')) {
      metrics.setWith(availableSource, { device, clocksource }, 1);
    }
    const clocksource = sys.value(`${FOLDER}/${name}/current_clocksource`);
    if (clocksource !== undefined) metrics.setWith(currentSource, { device, clocksource }, 1);
  }
}
