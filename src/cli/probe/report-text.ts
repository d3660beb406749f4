import type { CertificateReport, HopReport, ProbeReport, TlsReport } from '../../probe/report/probe-report.js';
import {
  causeText,
  EXCERPT_TITLES,
  fieldsText,
  namesText,
  secondsText,
  tookText,
} from '../../probe/report/report-words.js';
import { shownControls } from '../../probe/report/shown-excerpt.js';
import type { Paint } from './paint.js';

const BAR_CHARACTERS = 30;

/** A probe for people: verdict, hops, certificates, checks, what was looked at, and what to do next. */
export function reportText(report: ProbeReport, paint: Paint): string {
  const parts = [
    [verdictSentence(report, paint), paint.dim(`  ${shownControls(report.target)} with module ${report.module}`)],
    ...hopParts(report, paint),
    checkPart(report, paint),
    foundPart(report, paint),
    whyPart(report, paint),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `FAILED after 2.0 s: the certificate expired 3 days ago` */
export function verdictSentence(report: ProbeReport, paint: Paint): string {
  const took = tookText(report);
  if (report.failure === undefined) return `${paint.good('OK')} after ${took}`;
  return `${paint.bad('FAILED')} after ${took}: ${causeText(report, report.failure)}`;
}

function hopParts({ hops }: ProbeReport, paint: Paint): readonly (readonly string[])[] {
  const all = hops.flatMap(({ phases }) => phases);
  const total = all.reduce((sum, { seconds }) => sum + seconds, 0);
  let before = 0;
  return hops.map((hop) => {
    const lines = [hopTitle(hop, paint)];
    for (const { phase, seconds, failed } of hop.phases) {
      const line = `  ${phase.padEnd(11)}${secondsText(seconds).padStart(9)}  ${bar(before, seconds, total)}`;
      lines.push(failed ? paint.bad(`${line} failed`) : line.trimEnd());
      before += seconds;
    }
    return [...lines, ...(hop.tls === undefined ? [] : tlsLines(hop.tls, paint))];
  });
}

function hopTitle({ to, address, status }: HopReport, paint: Paint): string {
  const where = address === undefined || address === to ? '' : ` at ${address}`;
  return `${paint.strong(to)}${where}${status === undefined ? '' : `: ${status}`}`;
}

/** A bar with the position and length of a phase within all phases. */
function bar(before: number, seconds: number, total: number): string {
  if (!(total > 0)) return '';
  const start = Math.min(Math.floor((before / total) * BAR_CHARACTERS), BAR_CHARACTERS - 1);
  const length = Math.max(1, Math.round((seconds / total) * BAR_CHARACTERS));
  return ' '.repeat(start) + '█'.repeat(Math.min(length, BAR_CHARACTERS - start));
}

function tlsLines(tls: TlsReport, paint: Paint): readonly string[] {
  const protocol = tls.applicationProtocol === undefined ? '' : `, ${tls.applicationProtocol}`;
  const verdict = tls.verified ? paint.good('verified') : paint.bad('not verified');
  return [
    `  ${tls.version}, ${tls.cipher}${protocol}: certificate ${verdict} for ${tls.serverName}`,
    ...tls.certificates.flatMap((certificate, index) => certificateLines(certificate, index, paint)),
    ...(tls.problem === undefined ? [] : [paint.dim(`    ${tls.problem}`)]),
  ];
}

function certificateLines(certificate: CertificateReport, index: number, paint: Paint): readonly string[] {
  const { subject, issuer, notAfter, daysLeft, problems } = certificate;
  const until = daysLeft < 0 ? `until ${notAfter}` : `${daysLeft} days left (until ${notAfter})`;
  const names = namesText(certificate);
  const forNames = names === undefined ? [] : [`       ${names}`];
  return [
    `    ${index + 1}. ${subject === '' ? '(no subject)' : subject}, issued by ${issuer === '' ? '(nobody)' : issuer}`,
    ...forNames,
    `       ${until}`,
    ...problems.map((problem) => paint.bad(`       ✗ ${problem}`)),
  ];
}

const MARKS = { passed: '✓', failed: '✗', not_reached: '·' } as const;

function checkPart({ checks }: ProbeReport, paint: Paint): readonly string[] {
  if (checks.length === 0) return [];
  const lines = checks.map(({ expects, verdict }) => {
    const line = `  ${MARKS[verdict]} ${expects}`;
    if (verdict === 'not_reached') return paint.dim(`${line} (not reached)`);
    return verdict === 'failed' ? paint.bad(line) : paint.good(line);
  });
  return ['Checks', ...lines];
}

/** The answer of the target, for failures only. After a success nobody needs it. */
function foundPart({ failure, head, excerpt }: ProbeReport, paint: Paint): readonly string[] {
  if (failure === undefined) return [];
  const more = excerpt?.isCut === true ? ['…'] : [];
  return [
    ...(head === undefined ? [] : ['Answer', ...quoted(head)]),
    ...(excerpt === undefined ? [] : [EXCERPT_TITLES[excerpt.of], ...quoted([excerpt.text, ...more].join('\n'))]),
  ].map((line) => (line.startsWith('  ') ? paint.dim(line) : line));
}

function quoted(text: string): readonly string[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `  | ${line}`);
}

function whyPart({ failure }: ProbeReport, paint: Paint): readonly string[] {
  if (failure === undefined) return [];
  const { phase, reason, message, fields, explanation, advice } = failure;
  return [
    `Why: ${paint.strong(reason)} in ${phase}: ${explanation}`,
    `  ${shownControls(message)}${fieldsText(fields)}`,
    `Next: ${advice}`,
  ];
}
