// Loaded into Sonde by `--import`: measures for how long its event loop is held. Whoever connects to the socket named
// by SONDE_LOOP_WATCH gets what was seen since the last time, as one line of JSON; at the same path with `-collected`
// behind it after a full garbage collection, for which Node has to be started with --expose-gc. Threads listen beside
// it, with their number behind the path.
import { rmSync } from 'node:fs';
import net from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread, threadId } from 'node:worker_threads';
import { HoldProfile } from './hold-profile.js';
import { threadTime, type Wait, WaitLog } from './thread-time.js';

/** The most since the figures were last asked for. */
export interface LoopFigures {
  /**
   * CPU time of the loop's own thread between two turns of its timers, in milliseconds: what other processes take does
   * not count.
   */
  readonly heldMs: number;
  /** The longest hold in wall-clock time. */
  readonly gapMs: number;
  /** `heldMs` without the garbage collections in it, which nothing can interrupt. */
  readonly withoutGcMs: number;
  /** Memory now: all that is resident; the objects of JavaScript; what they hold outside of V8's heap. */
  readonly residentMib: number;
  readonly heapMib: number;
  readonly externalMib: number;
  /** The part of that which is buffers. */
  readonly buffersMib: number;
  /** What keeps the process busy, such as `TCPSocketWrap` or `Timeout`, with how many there are of it. */
  readonly resources: Readonly<Record<string, number>>;
  /** When the thread could not run because others had the processors. */
  readonly waits: readonly Wait[];
  /** Where the longest of them went; only while profiling. */
  readonly where?: readonly string[];
}

const TICK_MS = 1;
const MIB = 1024 * 1024;

const waits = new WaitLog();
const profile = process.env['SONDE_LOOP_PROFILE'] === undefined ? undefined : new HoldProfile();
let longest = { heldMs: 0, gapMs: 0 };
let last = { wallMs: performance.now(), cpuMs: threadTime().cpuMs };

/**
 * Holds that are long enough to be told, and the garbage collections of all the time since the figures were asked for.
 */
const LONG_MS = 2;
let holds: { readonly from: number; readonly to: number; readonly cpuMs: number }[] = [];
let collections: { readonly from: number; readonly to: number }[] = [];
const gcObserver = new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries())
    collections.push({ from: startTime, to: startTime + duration });
});
gcObserver.observe({ entryTypes: ['gc'] });

function tick(): void {
  const time = threadTime();
  waits.tick(time);
  const now = { wallMs: performance.now(), cpuMs: time.cpuMs };
  const heldMs = now.cpuMs - last.cpuMs;
  if (heldMs > longest.heldMs) profile?.markHold(last.wallMs, now.wallMs);
  if (heldMs > LONG_MS) holds.push({ from: last.wallMs, to: now.wallMs, cpuMs: heldMs });
  longest = { heldMs: Math.max(longest.heldMs, heldMs), gapMs: Math.max(longest.gapMs, now.wallMs - last.wallMs) };
  last = now;
}

function longestWithoutGc(): number {
  let most = 0;
  for (const { from, to, cpuMs } of holds) {
    const within = collections.filter((gc) => gc.from >= from && gc.to <= to);
    most = Math.max(most, cpuMs - within.reduce((sum, gc) => sum + gc.to - gc.from, 0));
  }
  return most;
}

function figures(isCollected: boolean): LoopFigures {
  tick();
  const where = profile?.take();
  const seen = { ...longest, withoutGcMs: longestWithoutGc(), ...(where && { where }) };
  if (isCollected) globalThis.gc?.();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  last = { wallMs: performance.now(), cpuMs: threadTime().cpuMs };
  longest = { heldMs: 0, gapMs: 0 };
  [holds, collections] = [[], []];
  return {
    ...seen,
    ...{ residentMib: rss / MIB, heapMib: heapUsed / MIB, externalMib: external / MIB },
    buffersMib: arrayBuffers / MIB,
    resources: counted(process.getActiveResourcesInfo()),
    waits: waits.take(),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Replaceable {
  execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;
}

/** From Node 22.15 on Sonde's command replaces its process by one with other settings, which is to be watched, too. */
function watchNext(place: string): void {
  const replaceable = process as unknown as Replaceable;
  const replace = replaceable.execve?.bind(process);
  if (replace === undefined) return;
  replaceable.execve = (file, args, env) => replace(file, args, { ...env, SONDE_LOOP_WATCH: place });
}

/** Programs that Sonde starts do not inherit the watch; its threads do. */
const THREADS = 'SONDE_LOOP_WATCH_THREADS';
const path = isMainThread ? process.env['SONDE_LOOP_WATCH'] : `${process.env[THREADS] ?? ''}.${threadId}`;
if (path !== undefined) {
  if (isMainThread) process.env[THREADS] = path;
  delete process.env['SONDE_LOOP_WATCH'];
  if (isMainThread) watchNext(path);
  setInterval(tick, TICK_MS).unref();
  for (const isCollected of [false, true]) {
    const place = isCollected ? `${path}-collected` : path;
    rmSync(place, { force: true });
    net
      .createServer((socket) => {
        socket.on('error', () => undefined);
        socket.end(`${JSON.stringify(figures(isCollected))}\n`);
      })
      .listen(place)
      .unref();
  }
}
