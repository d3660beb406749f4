// Loaded into Sonde by `--import`: measures for how long its event loop is held. Whoever connects to the socket named by SONDE_LOOP_WATCH
// gets what was seen since the last time, as one line of JSON, after a full garbage collection where Node was started with --expose-gc.
import { openSync, readSync } from 'node:fs';
import net from 'node:net';
import { HoldProfile } from './hold-profile.js';

/** The most since the figures were last asked for. */
export interface LoopFigures {
  /** CPU time of the loop's own thread between two turns of its timers, in milliseconds: what other processes take does not count. */
  readonly heldMs: number;
  /** The longest hold in wall-clock time. */
  readonly gapMs: number;
  /** Memory now: all that is resident; the objects of JavaScript; what they hold outside of V8's heap. */
  readonly residentMib: number;
  readonly heapMib: number;
  readonly externalMib: number;
  /** What keeps the process busy, such as `TCPSocketWrap` or `Timeout`, with how many there are of it. */
  readonly resources: Readonly<Record<string, number>>;
  /** Where the longest of them went; only while profiling. */
  readonly where?: readonly string[];
}

const TICK_MS = 1;
const MIB = 1024 * 1024;
const NANOSECONDS_A_MS = 1e6;

const schedstat = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
const buffer = Buffer.alloc(128);

/** The kernel keeps this figure to the nanosecond, but brings it up to date only when the CPU time of the caller is asked for. */
function threadCpuMs(): number {
  process.cpuUsage();
  const length = readSync(schedstat, buffer, 0, buffer.length, 0);
  return Number.parseInt(buffer.toString('latin1', 0, length), 10) / NANOSECONDS_A_MS;
}

const profile = process.env['SONDE_LOOP_PROFILE'] === undefined ? undefined : new HoldProfile();
let longest = { heldMs: 0, gapMs: 0 };
let last = { wallMs: performance.now(), cpuMs: threadCpuMs() };

function tick(): void {
  const now = { wallMs: performance.now(), cpuMs: threadCpuMs() };
  if (now.cpuMs - last.cpuMs > longest.heldMs) profile?.markHold(last.wallMs, now.wallMs);
  longest = {
    heldMs: Math.max(longest.heldMs, now.cpuMs - last.cpuMs),
    gapMs: Math.max(longest.gapMs, now.wallMs - last.wallMs),
  };
  last = now;
}

function figures(): LoopFigures {
  tick();
  const where = profile?.take();
  const seen = { ...longest, ...(where && { where }) };
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  last = { wallMs: performance.now(), cpuMs: threadCpuMs() };
  longest = { heldMs: 0, gapMs: 0 };
  return {
    ...seen,
    ...{ residentMib: rss / MIB, heapMib: heapUsed / MIB, externalMib: external / MIB },
    resources: counted(process.getActiveResourcesInfo()),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const path = process.env['SONDE_LOOP_WATCH'];
if (path !== undefined) {
  delete process.env['SONDE_LOOP_WATCH'];
  setInterval(tick, TICK_MS).unref();
  net
    .createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(`${JSON.stringify(figures())}\n`);
    })
    .listen(path)
    .unref();
}
