import t from 'tap';
import { SharedClock } from '../../../src/push/shared/shared-clock.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const STORE_SECONDS = 1_800_000_000;

t.test("the own wall clock may be set: the store's clock goes on", (t) => {
  const clock = new ManualClock();
  const ahead = STORE_SECONDS - clock.monotonicSeconds();
  const shared = new SharedClock(clock, () => ahead);
  t.equal(shared.wallSeconds(), STORE_SECONDS);
  for (const seconds of [3600, -3600, 2 ** 31]) {
    clock.setWall(clock.wallSeconds() + seconds);
    t.equal(shared.wallSeconds(), STORE_SECONDS, `set by ${seconds} s`);
  }
  clock.advance(5);
  t.equal(shared.wallSeconds(), STORE_SECONDS + 5);
  t.end();
});
