/** Shorter timeouts, in seconds, are this one: nothing can be asked in less, and a module's have no more digits. */
const SHORTEST_SECONDS = 0.001;

/** A number of seconds as the `timeout` of a module; 0 stays none. */
export function moduleTimeout(seconds: number): string {
  return seconds === 0 ? '0s' : `${Math.max(seconds, SHORTEST_SECONDS).toFixed(3)}s`;
}
