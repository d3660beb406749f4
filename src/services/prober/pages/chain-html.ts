import { type Html, html } from '../../../http/pages/html.js';
import type { CertificateReport, HopReport, TlsReport } from '../../../probe/report/probe-report.js';
import { namesText } from '../../../probe/report/report-words.js';

/** Days left below which a certificate that is renewed by hand needs attention. */
const FEW_DAYS = 14;
const DAY_MS = 86_400_000;

/**
 * The TLS handshakes of all hops: the verdict of each, and its certificates with their remaining time. Rendered in
 * steps.
 */
export function* chainsHtml(hops: readonly HopReport[]): Generator<undefined, Html | undefined> {
  const shown: Html[] = [];
  for (const { to, tls } of hops) if (tls !== undefined) shown.push(yield* chainHtml(to, tls));
  if (shown.length === 0) return undefined;
  return html`<section aria-labelledby="certificates"><h2 id="certificates">Certificates</h2>
${shown}</section>
`;
}

function* chainHtml(to: string, tls: TlsReport): Generator<undefined, Html> {
  const verdict = tls.verified
    ? html`<span class="good-text">verified</span>`
    : html`<strong class="bad-text">not verified</strong>`;
  const protocol = tls.applicationProtocol === undefined ? '' : `, ${tls.applicationProtocol}`;
  const certificates: Html[] = [];
  for (const certificate of tls.certificates) {
    yield;
    certificates.push(certificateHtml(certificate));
  }
  const problem = tls.problem === undefined ? '' : html`<p class="muted foreign">${tls.problem}</p>\n`;
  return html`<p><span class="foreign">${to}</span>: ${tls.version}, ${tls.cipher}${protocol}; ${verdict} for <span class="foreign">${tls.serverName}</span></p>
${problem}<ol class="chain">
${certificates}</ol>
`;
}

function certificateHtml(certificate: CertificateReport): Html {
  const { subject, issuer, notBefore, notAfter, daysLeft, problems } = certificate;
  const names = namesText(certificate);
  const forNames = names === undefined ? '' : html`<br><span class="muted foreign">${names}</span>`;
  const wrong = problems.map((problem) => html`<br><strong class="bad-text foreign">✗ ${problem}</strong>`);
  return html`<li><strong class="foreign">${subject === '' ? '(no subject)' : subject}</strong>, issued by <span class="foreign">${issuer === '' ? '(nobody)' : issuer}</span>${forNames}${wrong}
<div class="days">${daysSvg(certificate)}<span class="${lookOf(daysLeft)}">${daysText(daysLeft)}</span> <span class="muted">(from ${notBefore} until ${notAfter})</span></div></li>
`;
}

function daysText(daysLeft: number): string {
  if (daysLeft < 0) return 'no time left';
  return daysLeft === 1 ? '1 day left' : `${daysLeft} days left`;
}

function lookOf(daysLeft: number): string {
  return daysLeft < 0 ? 'bad-text' : daysLeft < FEW_DAYS ? 'warn-text' : 'good-text';
}

/** A bar of the certificate's remaining time. The text beside it says the same. */
function daysSvg({ notBefore, notAfter, daysLeft }: CertificateReport): Html {
  const days = (Date.parse(notAfter) - Date.parse(notBefore)) / DAY_MS;
  const share = days > 0 ? Math.round(Math.min(1, Math.max(0, daysLeft / days)) * 100) : 0;
  return html`<svg class="bar-days" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="10"/><rect class="${lookOf(daysLeft)}" width="${daysLeft < 0 ? 100 : share}" height="10"/></svg>`;
}
