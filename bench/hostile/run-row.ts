import { setTimeout as sleep } from 'node:timers/promises';
import { httpGet } from '../../test/helpers/services/http-get.js';
import { processUsage } from '../process-usage.js';
import { DEADLINE_SECONDS, type HostileRow, type TargetRow } from './hostile-row.js';
import type { LoopFigures } from './loop-watch.js';
import type { RowTargets } from './row-targets.js';
import { systemMs, type Wait, waitedWithin, WaitLog } from './thread-time.js';
import { resetPeak, type WatchedProgram } from './watched-program.js';

/** What one row did to one program. */
export interface RowResult {
  /** Undefined for a program without an event loop. */
  readonly heldMs: number | undefined;
  /** `heldMs` without the garbage collections in it. */
  readonly withoutGcMs: number | undefined;
  readonly gapMs: number | undefined;
  /** The slowest answer of `/-/healthy` meanwhile. */
  readonly healthyMs: number;
  readonly peakMib: number;
  /** A second later; of Sonde after a full garbage collection, unless rows are put to it in rounds. */
  readonly afterMib: number;
  /**
   * By how much the last probe exceeded its deadline, less the time in which Sonde's own thread or this process waited
   * for a processor; undefined for clients.
   */
  readonly beyondMs: number | undefined;
  /** The same with that time in it. */
  readonly lateMs: number | undefined;
  /** What came of it, in a few words. */
  readonly outcome: string;
  /** What the longest hold consisted of; nothing where it is not profiled. */
  readonly where: readonly string[];
}

export interface Attack {
  /** How many probes or clients. */
  readonly atOnce: number;
  readonly targets: RowTargets;
  /** Whether the garbage of each row is collected behind it. */
  readonly isCollected: boolean;
}

const SETTLE_MS = 1000;
const POLL_MS = 20;
const GIVE_UP_MS = 5000;

/** Puts a row to a program. Rejects if the program is gone afterwards, with what it wrote. */
export async function runRow(row: HostileRow, program: WatchedProgram, attack: Attack): Promise<RowResult> {
  const { service } = program;
  if (row.kind === 'target') await warmUp(program);
  await settledFigures(program, attack);
  resetPeak(service.pid);
  const polling = new AbortController();
  const slowest = pollHealth(service.address, polling.signal);
  const ours = new WaitLog();
  const watch = setInterval(() => ours.tick(), 1);
  const { outcome, ends } = await perform(row, service.address, attack).finally(() => {
    polling.abort();
    clearInterval(watch);
  });
  const healthyMs = await slowest;
  const figures = await program.figures();
  await sleep(SETTLE_MS);
  const settled = await settledFigures(program, attack);
  const { peakMib, residentMib } = processUsage(service.pid);
  return {
    heldMs: figures?.heldMs,
    withoutGcMs: figures?.withoutGcMs,
    gapMs: figures?.gapMs,
    healthyMs,
    peakMib,
    afterMib: settled?.residentMib ?? residentMib,
    ...lateness(ends, [...ours.take(), ...(figures?.waits ?? [])]),
    outcome,
    where: figures?.where ?? [],
  };
}

interface AttackResult {
  readonly outcome: string;
  readonly ends: readonly ProbeEnd[];
}

/** When a probe should have ended, as of when its connection stood, and when it did, on the system's clock, in ms. */
interface ProbeEnd {
  readonly due: number;
  readonly at: number;
  /** When the probe was sent, and from when its time ran. The system's queue of connections has no clock. */
  readonly sent: number;
  readonly began: number;
}

function lateness(ends: readonly ProbeEnd[], waits: readonly Wait[]): Pick<RowResult, 'beyondMs' | 'lateMs'> {
  if (ends.length === 0) return { beyondMs: undefined, lateMs: undefined };
  const late = ends.filter(({ due, at }) => at > due);
  return {
    beyondMs: Math.max(0, ...late.map((end) => beyond(end, waits))),
    lateMs: Math.max(0, ...late.map(({ due, at }) => at - due)),
  };
}

/** Without the time in which there was no processor, before the probe began and once its time was up. */
function beyond({ due, at, sent, began }: ProbeEnd, waits: readonly Wait[]): number {
  const from = due + Math.min(Math.max(0, began - sent), waitedWithin(sent, began, waits));
  return at - from - waitedWithin(from, at, waits);
}

function settledFigures(program: WatchedProgram, { isCollected }: Attack): Promise<LoopFigures | undefined> {
  return isCollected ? program.collectedFigures() : program.figures();
}

async function perform(row: HostileRow, address: string, attack: Attack): Promise<AttackResult> {
  if (row.kind === 'target') return probeTarget(row, address, attack);
  const outcomes = await Promise.all(Array.from({ length: attack.atOnce }, () => row.attack(address)));
  return { outcome: summary(outcomes), ends: [] };
}

async function probeTarget(row: TargetRow, address: string, { atOnce, targets }: Attack): Promise<AttackResult> {
  const started = await targets.start(row);
  try {
    const target = row.target ?? started;
    const path = `/probe?${new URLSearchParams({ module: row.name, target }).toString()}`;
    const deadlineMs = (row.deadlineSeconds ?? DEADLINE_SECONDS) * 1000;
    const probes = await Promise.all(
      Array.from({ length: atOnce }, async () => {
        let sent = systemMs();
        // That the benchmark's own process needs time for so many connections is not the program's fault.
        const onConnect = (): void => void (sent = systemMs());
        const answer = await Promise.race([httpGet(address, path, { onConnect }), endless(sent + deadlineMs)]);
        const at = systemMs();
        const took = (secondsOf('duration', answer) + secondsOf('queue', answer)) * 1000;
        const began = took > 0 ? at - took : sent;
        return { due: sent + deadlineMs, at, sent, began, said: saying(answer) };
      }),
    );
    return { outcome: summary(probes.map((probe) => probe.said)), ends: probes };
  } finally {
    await targets.stop(row);
  }
}

/** Some probes of real programs never end. */
async function endless(due: number): Promise<undefined> {
  await sleep(due - systemMs() + GIVE_UP_MS, undefined, { ref: false });
  return undefined;
}

type ProbeAnswer = { readonly status: number; readonly text: string } | undefined;

/** A time that the probe measured itself; 0 if it says none. */
function secondsOf(what: 'duration' | 'queue', answer: ProbeAnswer): number {
  const text = answer?.text ?? '';
  const found =
    what === 'queue' ? /^probe_queue_seconds (\S+)$/m.exec(text) : /^probe_duration_seconds (\S+)$/m.exec(text);
  return Number(found?.[1] ?? 0);
}

/** The reason where the program gives one. */
function saying(answer: ProbeAnswer): string {
  if (answer === undefined) return 'no end';
  const { status, text } = answer;
  if (status !== 200) return `status ${status}`;
  if (/^probe_success 1$/m.test(text)) return 'success';
  return /^probe_failure_info\{.*reason="(\w+)"/m.exec(text)?.[1] ?? 'failure';
}

/** `8 × success`, the most frequent first. */
function summary(outcomes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([outcome, count]) => `${count} × ${outcome}`).join(', ');
}

/** Compiles what every request needs, so that it is not charged to the row. */
async function warmUp({ service }: WatchedProgram): Promise<void> {
  for (let count = 0; count < 50; count++) await httpGet(service.address, '/-/healthy');
}

async function pollHealth(address: string, signal: AbortSignal): Promise<number> {
  let slowest = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    await httpGet(address, '/-/healthy').catch(() => undefined);
    slowest = Math.max(slowest, performance.now() - startedAt);
    await sleep(POLL_MS);
  }
  return slowest;
}
