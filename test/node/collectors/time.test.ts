import t from 'tap';
import { time } from '../../../src/node/collectors/time.js';
import { askCollector } from '../../helpers/services/collect.js';

t.test('the offset of the time zone is positive in the east', async (t) => {
  const { TZ } = process.env;
  t.teardown(() => {
    if (TZ === undefined) delete process.env['TZ'];
    else process.env['TZ'] = TZ;
  });
  const rows = [
    { zone: 'Asia/Kolkata', seconds: 19_800 },
    { zone: 'America/Bogota', seconds: -18_000 },
    { zone: 'UTC', seconds: 0 },
  ];
  for (const { zone, seconds } of rows) {
    process.env['TZ'] = zone;
    const output = await askCollector(time, { env: { TZ: zone } }).scrape();
    t.match(output, new RegExp(`^node_time_zone_offset_seconds\\{time_zone="[^"]+"\\} ${seconds}$`, 'm'), zone);
  }
});
