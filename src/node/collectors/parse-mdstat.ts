import { parseWhole } from '../numbers.js';

/** The states of an array: values of the label `state`. */
export const MD_STATES = ['active', 'inactive', 'recovering', 'resync', 'check'] as const;

/** The activity of an array; undefined for one that is not among the states, such as a reshape. */
export type MdState = (typeof MD_STATES)[number] | undefined;

/** One array of /proc/mdstat. Blocks are of 1024 bytes. */
export interface MdArray {
  readonly device: string;
  readonly state: MdState;
  readonly disksActive: number;
  readonly disksFailed: number;
  readonly disksSpare: number;
  readonly disksRequired: number;
  readonly blocks: number;
  readonly blocksSynced: number;
}

/**
 * Parses /proc/mdstat. An array has a line that begins with its name, one with its size, and perhaps one with its
 * progress. Numbers that the kernel would not write become NaN; lines that begin no array are skipped. `passOver`
 * receives the reasons, which cite the line.
 */
export function parseMdstat(text: string, passOver: (why: string) => void): readonly MdArray[] {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (isHeading(line) ? [index] : []));
  return starts.flatMap((start) => {
    const details = [];
    for (const line of lines.slice(start + 1)) {
      if (!/^\s+\S/.test(line)) break;
      details.push(line.trim());
    }
    return parseArray(lines[start] ?? '', details, passOver);
  });
}

function isHeading(line: string): boolean {
  return /^\S/.test(line) && !/^(?:Personalities|unused)/.test(line);
}

function parseArray(heading: string, details: readonly string[], passOver: (why: string) => void): readonly MdArray[] {
  const [, device, activity] = /^(\S+)\s+:\s+(\S+)/.exec(heading) ?? [];
  if (device === undefined || activity === undefined) {
    passOver(`cannot read mdstat: no array is "${heading}"`);
    return [];
  }
  const [size = '', ...rest] = details;
  const blocks = parseWhole(/^(\S+) blocks/.exec(size)?.[1] ?? '');
  if (Number.isNaN(blocks)) passOver(`cannot read mdstat: ${device} has no size in "${size}"`);
  const [progress = ''] = rest.filter((line) => /(?:recovery|resync|check|reshape)\s*=/.test(line));
  const { required, active } = disksOf(heading, activity, size);
  if (Number.isNaN(required)) {
    passOver(`cannot read mdstat: there is no count of disks such as [2/2] [UU] in "${size}"`);
  }
  const synced = syncedOf(progress, blocks);
  if (Number.isNaN(synced)) passOver(`cannot read mdstat: there is no (done/of) in "${progress}"`);
  return [
    {
      device,
      state: stateOf(activity, progress),
      disksActive: active,
      disksFailed: heading.split('(F)').length - 1,
      disksSpare: heading.split('(S)').length - 1,
      disksRequired: required,
      blocks,
      blocksSynced: synced,
    },
  ];
}

function stateOf(activity: string, progress: string): MdState {
  if (progress.includes('recovery')) return 'recovering';
  if (progress.includes('resync')) return 'resync';
  if (progress.includes('check')) return 'check';
  if (progress.includes('reshape')) return undefined;
  return MD_STATES.find((state) => state === activity);
}

interface DiskCounts {
  readonly required: number;
  readonly active: number;
}

function disksOf(heading: string, activity: string, size: string): DiskCounts {
  if (/\b(?:raid0|linear)\b/.test(heading)) {
    // Without redundancy all are needed; only disks have a number in brackets.
    const disks = heading.split('[').length - 1;
    return { required: disks, active: disks };
  }
  if (activity === 'inactive') return { required: 0, active: 0 };
  const [, required = '', active = ''] = /\[(\d+)\/(\d+)\] \[[U_]+\]/.exec(size) ?? [];
  return { required: parseWhole(required), active: parseWhole(active) };
}

/**
 * `recovery = 8.5% (16775552/195310144) finish=17.0min`; what waits for its turn (`resync=DELAYED`) has synced nothing.
 */
function syncedOf(progress: string, blocks: number): number {
  if (progress === '') return blocks;
  if (/PENDING|DELAYED|REMOTE/.test(progress)) return 0;
  return parseWhole(/\((\d+)\/\d+\)/.exec(progress)?.[1] ?? '');
}
