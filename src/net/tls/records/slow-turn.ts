/** What OpenSSL takes, in milliseconds, from when on other connections wait for the next turn of the event loop. */
const SLOW_MS = 1;

let isSlow = false;

/** Whether something took OpenSSL long in this turn of the event loop. */
export function isSlowTurn(): boolean {
  return isSlow;
}

/** OpenSSL got something, at a moment of `performance.now()`, and no data came of it. */
export function noteIdle(startedAt: number): void {
  if (isSlow || performance.now() - startedAt <= SLOW_MS) return;
  isSlow = true;
  setImmediate(() => (isSlow = false));
}
