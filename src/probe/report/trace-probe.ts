import { wellFormed } from '../../values/byte-string.js';
import { ownValue } from '../../values/own-value.js';
import { shownText } from '../../values/shown-text.js';
import type { ProbeFailure } from '../failure.js';
import type { PhaseMarks, PhaseTime } from '../phase-marks.js';
import type { CheckNote, HeadNote, HopNotes, ProbeNotes } from './probe-notes.js';
import type { CheckReport, HopReport, PhaseReport, ProbeTrace } from './probe-report.js';
import { shownControls, shownExcerpt, shownForeign, shownHeader } from './shown-excerpt.js';

const MOST_HOPS = 16;
const MOST_CHECKS = 100;
const MOST_HEADERS = 50;
const LONGEST_HEADER = 512;

/** The data of a finished probe from which its trace is made. */
export interface Traced {
  readonly target: string;
  readonly notes: ProbeNotes;
  readonly marks: PhaseMarks;
  readonly failure: ProbeFailure | undefined;
  readonly nowSeconds: number;
}

/** Turns what a probe that has ended left into data of its own, of bounded size. */
export function traceProbe(traced: Traced): ProbeTrace {
  const { notes, failure } = traced;
  const head = notes.hops.findLast((hop) => hop.head !== undefined)?.head;
  const { excerpt } = notes;
  const content = excerpt?.read();
  return {
    hops: hopsOf(traced),
    checks: checksOf(notes, failure),
    ...(head !== undefined && { head: headText(head) }),
    ...(excerpt !== undefined &&
      content !== undefined &&
      content.length > 0 && { excerpt: { of: excerpt.of, ...shownExcerpt(content) } }),
  };
}

/** The marks of a hop and its notes have the same place: both begin anew with each redirect that is followed. */
function hopsOf({ target, notes, marks, failure, nowSeconds }: Traced): readonly HopReport[] {
  const times = marks.hops();
  const count = Math.min(Math.max(times.length, notes.hops.length), MOST_HOPS);
  return Array.from({ length: count }, (_, index) => {
    const isLast = index === times.length - 1;
    const phases = phasesOf(times[index] ?? [], isLast ? failure : undefined);
    return hopReport(notes.hops[index], { target, phases, nowSeconds });
  });
}

interface Around {
  readonly target: string;
  readonly phases: readonly PhaseReport[];
  readonly nowSeconds: number;
}

function hopReport(hop: HopNotes | undefined, { target, phases, nowSeconds }: Around): HopReport {
  const to = shownForeign(shownText(hop?.to ?? target));
  if (hop === undefined) return { to, phases };
  return {
    to,
    ...(hop.address !== '' && { address: shownControls(hop.address) }),
    phases,
    ...(hop.tls !== undefined && { tls: hop.tls(nowSeconds) }),
    ...(hop.head !== undefined && { status: hop.head.status }),
  };
}

/** The phases of a hop. The time between phases (`setup`) is left out unless the probe failed in it. */
function phasesOf(times: readonly PhaseTime[], failure: ProbeFailure | undefined): readonly PhaseReport[] {
  const phases = times.map(({ phase, seconds }) => ({ phase, seconds, failed: phase === failure?.phase }));
  const shown = phases.filter(({ phase, failed }) => phase !== 'setup' || failed);
  if (failure === undefined || shown.some(({ failed }) => failed)) return shown;
  return [...shown, { phase: failure.phase, seconds: 0, failed: true }];
}

function checksOf(notes: ProbeNotes, failure: ProbeFailure | undefined): readonly CheckReport[] {
  const checks = notes.checks.slice(0, MOST_CHECKS);
  const broken =
    failure === undefined ? Infinity : (notes.step ?? checks.findIndex((check) => isBrokenBy(check, failure)));
  return checks.map(({ expects }, index) => ({
    expects: shownForeign(shownText(expects)),
    verdict: index === broken ? 'failed' : index < broken ? 'passed' : 'not_reached',
  }));
}

function isBrokenBy({ reasons, fields = {} }: CheckNote, failure: ProbeFailure): boolean {
  if (!reasons.includes(failure.reason)) return false;
  return Object.entries(fields).every(([key, value]) => {
    const told = ownValue(failure.fields, key);
    return told === undefined || told === value;
  });
}

function headText({ version, status, headers }: HeadNote): string {
  const lines: string[] = [`${version} ${status}`];
  for (const [name, values] of headers) {
    for (const value of values) {
      if (lines.length > MOST_HEADERS) return [...lines, '…'].join('\n');
      lines.push(`${shownControls(name.slice(0, LONGEST_HEADER))}: ${headerValue(name, value)}`);
    }
  }
  return lines.join('\n');
}

function headerValue(name: string, value: string): string {
  const shown = shownHeader(name, wellFormed(value.slice(0, LONGEST_HEADER)));
  return value.length > LONGEST_HEADER ? `${shown}…` : shown;
}
