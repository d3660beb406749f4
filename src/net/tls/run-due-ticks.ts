import process from 'node:process';

/** Node's own name for it; internal, but in every version from 20 to 24, which a test holds. */
const { _tickCallback: ticks } = process as unknown as { readonly _tickCallback?: () => void };

/**
 * Runs the promises and ticks that are due, as Node does at the end of each callback from its event loop. For callbacks
 * within a callback, where it waits for the outer one. Does nothing where Node has no such call: all of it is run then
 * a little later.
 */
export function runDueTicks(): void {
  ticks?.();
}
