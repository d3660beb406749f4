import process from 'node:process';
import { seededRandom } from '../helpers/hostile/seeded-random.js';
import type { BranchGuide } from './branch-guide.js';
import { mutate } from './mutate.js';

/** Something that parses foreign bytes. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that it takes, to begin with. */
  readonly seeds: readonly (Buffer | string)[];
  /** Parses; what it gives tells inputs apart. */
  readonly parse: (bytes: Buffer) => unknown;
  /** Whether this is what it may throw. */
  readonly mayThrow: (error: unknown) => boolean;
}

/** An input that did what none may do. */
export interface Finding {
  readonly target: string;
  readonly what: string;
  readonly input: Buffer;
}

/** How much was tried. */
export interface FuzzResult {
  readonly inputs: number;
  /** How many inputs did something that none before did. */
  readonly kinds: number;
  readonly findings: readonly Finding[];
}

/** The longest input. */
const LONGEST_BYTES = 8 * 1024;
/** Inputs that are changed further. */
const MOST_KEPT = 400;
/**
 * No parser takes so much CPU time for 8 KiB unless its work is more than linear; the fastest of five counts. Time on
 * the wall would be that of other programs, and of what a dialogue waits for.
 */
const SLOW_MS = 60;
const MOST_FINDINGS = 5;
/** However little time there is. */
const LEAST_INPUTS = 50;

/**
 * Feeds a target with changed inputs until `endsAtMs` of performance.now(), the same ones for the same seed. Inputs
 * that do something new (another error, another form of result; with a guide, another branch) are changed further.
 */
export async function fuzz(
  target: FuzzTarget,
  seed: number,
  endsAtMs: number,
  guide?: BranchGuide,
): Promise<FuzzResult> {
  const random = seededRandom(seed);
  const kept: Buffer[] = target.seeds.map((each) => Buffer.from(each));
  const kinds = new Set<string>();
  const findings: Finding[] = [];
  let inputs = 0;
  while ((inputs < LEAST_INPUTS || performance.now() < endsAtMs) && findings.length < MOST_FINDINGS) {
    const chosen = inputs < kept.length ? kept[inputs]! : kept[Math.floor(random() * kept.length)]!;
    const input = inputs < target.seeds.length ? chosen : mutate(chosen, random, kept).subarray(0, LONGEST_BYTES);
    inputs++;
    const { kind, problem } = await tryInput(target, input);
    if (problem !== undefined) findings.push({ target: target.name, what: problem, input });
    // Both are looked at each time: a branch belongs to the input that took it.
    const isNewBranch = guide?.sawNewBranch() === true;
    if (kinds.has(kind) && !isNewBranch) continue;
    kinds.add(kind);
    if (kept.length < MOST_KEPT) kept.push(input);
    else kept[Math.floor(random() * kept.length)] = input;
  }
  return { inputs, kinds: kinds.size, findings };
}

/** What one input does; `problem` is what none may do. */
export async function tryInput(
  target: FuzzTarget,
  input: Buffer,
): Promise<{ readonly kind: string; readonly problem?: string }> {
  const first = await run(target, input);
  if (first.problem !== undefined || first.ms < SLOW_MS) return first;
  // A machine may be busy, and V8 compile: what is slow is so each time.
  let fastest = first.ms;
  for (let round = 0; round < 4; round++) fastest = Math.min(fastest, (await run(target, input)).ms);
  return fastest < SLOW_MS ? first : { ...first, problem: `it took ${Math.round(fastest)} ms` };
}

async function run(
  { parse, mayThrow }: FuzzTarget,
  input: Buffer,
): Promise<{ readonly kind: string; readonly problem?: string; readonly ms: number }> {
  const begun = process.cpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  };
  try {
    const result = await parse(Buffer.from(input));
    return { kind: formOf(result), ms: cpuMs() };
  } catch (error) {
    const ms = cpuMs();
    const text = error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error);
    const kind = text
      .replace(/\d+/g, '0')
      .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '""')
      .slice(0, 120);
    if (mayThrow(error)) return { kind, ms };
    return { kind, ms, problem: `it threw ${error instanceof Error ? (error.stack ?? text) : text}` };
  }
}

/** The form of a result: types and sizes by powers of two, not values. */
function formOf(value: unknown, depth = 0): string {
  if (Array.isArray(value)) return `[${scaleOf(value.length)}${depth < 3 ? formOf(value[0], depth + 1) : ''}]`;
  if (Buffer.isBuffer(value)) return `bytes${scaleOf(value.length)}`;
  if (value instanceof Map) return `map${scaleOf(value.size)}`;
  if (typeof value === 'object' && value !== null) {
    if (depth >= 3) return '{}';
    return `{${Object.entries(value)
      .map(([key, each]) => `${key}:${formOf(each, depth + 1)}`)
      .join()}}`.slice(0, 400);
  }
  if (typeof value === 'string') return `text${scaleOf(value.length)}`;
  if (typeof value === 'number') return Number.isFinite(value) ? `n${scaleOf(Math.abs(value))}` : String(value);
  return typeof value === 'boolean' ? String(value) : typeof value;
}

function scaleOf(size: number): number {
  return size < 1 ? 0 : Math.min(16, 1 + Math.floor(Math.log2(size)));
}
