import type { CollectorLog } from '../collector.js';
import { parseInteger } from '../numbers.js';

/** The order of the numbers behind `cpuN` in /proc/stat; those of the guest modes follow. */
export const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
/** The modes that guests have their time in: values of the label `mode`. */
export const GUEST_MODES = ['user', 'nice'] as const;

const IDLE = MODES.indexOf('idle');

/** USER_HZ: times in /proc are counted in hundredths of a second on every Linux architecture. */
const TICKS_PER_SECOND = 100;

/** If the idle time of a CPU goes back further than this, in seconds, the CPU was offline meanwhile. */
const JUMP_BACK_SECONDS = 3;

const LINE = /^cpu(\d+) (.+)$/gm;

/**
 * The time that each CPU spent in each mode. The kernel's numbers may step back a little; these never do, since
 * counters must not.
 */
export class CpuTimes {
  readonly #log: CollectorLog;
  #byCpu: ReadonlyMap<string, readonly number[]> = new Map();

  constructor(log: CollectorLog) {
    this.#log = log;
  }

  /** Seconds by CPU: those of MODES, then those of GUEST_MODES. */
  get byCpu(): ReadonlyMap<string, readonly number[]> {
    return this.#byCpu;
  }

  /** Takes the text of /proc/stat. A CPU that is no longer in it is forgotten. NaN stands for a malformed number. */
  update(statText: string): void {
    const next = new Map<string, readonly number[]>();
    for (const [, cpu = '', numbers = ''] of statText.matchAll(LINE)) {
      const now = numbers.split(' ').map((ticks) => parseInteger(ticks) / TICKS_PER_SECOND);
      next.set(cpu, this.#settle(cpu, now));
    }
    this.#byCpu = next;
  }

  #settle(cpu: string, now: readonly number[]): readonly number[] {
    const before = this.#byCpu.get(cpu);
    if (before === undefined) return notBelow(now, []);
    const [idleBefore = 0, idleNow = 0] = [before[IDLE], now[IDLE]];
    if (idleBefore - idleNow >= JUMP_BACK_SECONDS) {
      this.#log.debug('idle time of a CPU went far back: it was off line meanwhile', { cpu, idleBefore, idleNow });
      return now;
    }
    return notBelow(now, before);
  }
}

/** A counter is never below what it was, nor below zero, although the kernel writes negative numbers now and then. */
function notBelow(now: readonly number[], before: readonly number[]): readonly number[] {
  return now.map((seconds, index) => {
    const { [index]: known = 0 } = before;
    return Math.max(seconds, Number.isNaN(known) ? 0 : known);
  });
}
