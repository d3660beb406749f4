import { existsSync } from 'node:fs';
import t from 'tap';
import { zoneAbbreviation } from '../../src/node/time-zone.js';

const HOUR = 3600;
const skip = existsSync('/usr/share/zoneinfo/Europe/Berlin') ? false : 'there are no time zones on this machine';

t.test('names of time zones', { skip }, async (t) => {
  for (const [tz, offset, expected] of [
    ['Europe/Berlin', HOUR, 'CET'],
    ['Europe/Berlin', 2 * HOUR, 'CEST'],
    [':Europe/Berlin', HOUR, 'CET'],
    ['/usr/share/zoneinfo/America/New_York', -4 * HOUR, 'EDT'],
    ['Asia/Kolkata', 5.5 * HOUR, 'IST'],
    ['Asia/Kathmandu', 5.75 * HOUR, '+0545'],
    ['Europe/Dublin', HOUR, 'IST'],
    ['UTC', 0, 'UTC'],
    ['', 0, 'UTC'],
    ['No/Such', 0, 'UTC'],
  ] as const) {
    t.equal(zoneAbbreviation(tz, offset), expected, `${tz} ${offset}`);
  }
});
