import { parseWhole } from '../numbers.js';

export const MD_STATES = ['active', 'inactive', 'recovering', 'resync', 'check'] as const;

/** What an array is doing; undefined for what has no name among the states, such as a reshape. */
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
 * Parses /proc/mdstat: an array has a line that begins with its name, one with its size, and perhaps one with what is going on.
 * An array whose lines are none of the kernel's is passed over; `passOver` gets the reason, which cites the line.
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
    try {
      return [parseArray(lines[start] ?? '', details)];
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      passOver(error.message);
      return [];
    }
  });
}

function isHeading(line: string): boolean {
  return /^\S/.test(line) && !/^(?:Personalities|unused)/.test(line);
}

function parseArray(heading: string, details: readonly string[]): MdArray {
  const [, device, activity] = /^(\S+)\s+:\s+(\S+)/.exec(heading) ?? [];
  const [size = '', ...rest] = details;
  const blocksText = /^(\d+) blocks/.exec(size)?.[1];
  if (device === undefined || activity === undefined) throw new Error(`cannot read mdstat: no array is "${heading}"`);
  if (blocksText === undefined) throw new Error(`cannot read mdstat: ${device} has no size in "${size}"`);
  const blocks = parseWhole(blocksText);
  const [progress = ''] = rest.filter((line) => /(?:recovery|resync|check|reshape)\s*=/.test(line));
  return {
    device,
    state: stateOf(activity, progress),
    ...disksOf(heading, activity, size),
    disksFailed: heading.split('(F)').length - 1,
    disksSpare: heading.split('(S)').length - 1,
    blocks,
    blocksSynced: progress === '' ? blocks : syncedOf(progress),
  };
}

function stateOf(activity: string, progress: string): MdState {
  if (progress.includes('recovery')) return 'recovering';
  if (progress.includes('resync')) return 'resync';
  if (progress.includes('check')) return 'check';
  if (progress.includes('reshape')) return undefined;
  return MD_STATES.find((state) => state === activity);
}

function disksOf(heading: string, activity: string, size: string): Pick<MdArray, 'disksActive' | 'disksRequired'> {
  if (/\b(?:raid0|linear)\b/.test(heading)) {
    // Without redundancy all are needed; only disks have a number in brackets.
    const disks = heading.split('[').length - 1;
    return { disksActive: disks, disksRequired: disks };
  }
  if (activity === 'inactive') return { disksActive: 0, disksRequired: 0 };
  const [, required, active] = /\[(\d+)\/(\d+)\] \[[U_]+\]/.exec(size) ?? [];
  if (required === undefined || active === undefined) {
    throw new Error(`cannot read mdstat: there is no count of disks such as [2/2] [UU] in "${size}"`);
  }
  return { disksActive: parseWhole(active), disksRequired: parseWhole(required) };
}

/** `recovery =  8.5% (16775552/195310144) finish=17.0min`; what waits for its turn (`resync=DELAYED`) has synced nothing. */
function syncedOf(progress: string): number {
  if (/PENDING|DELAYED|REMOTE/.test(progress)) return 0;
  const synced = /\((\d+)\/\d+\)/.exec(progress)?.[1];
  if (synced === undefined) throw new Error(`cannot read mdstat: there is no (done/of) in "${progress}"`);
  return parseWhole(synced);
}
