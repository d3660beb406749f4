import { type CancelTimer, type Clock, systemClock } from '../../src/values/clock.js';

const PARTS = 20;

/**
 * The system's clock for tests with short deadlines. A wait has parts, one after the other: where the system did not
 * let the process run for a while, one of them is over at once, and the others are still to come. So the process gets
 * on with its work before its time is up, however busy the machine is.
 */
export const patientClock: Clock = {
  ...systemClock,
  after: (seconds, action) => {
    let left = PARTS;
    let cancel: CancelTimer = () => undefined;
    const wait = (): void => {
      cancel = systemClock.after(seconds / PARTS, () => {
        left -= 1;
        if (left === 0) action();
        else wait();
      });
    };
    wait();
    return () => {
      cancel();
    };
  },
};
