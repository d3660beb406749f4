import type { HttpResponse } from '../../../net/http-exchange.js';
import { firstHeader, type HttpHeaders } from '../../../net/http1/http-headers.js';

/** How many samples there are, or were written: numbers, and native histograms. */
export interface Written {
  readonly samples: number;
  readonly histograms: number;
}

/** The receiver's answer; `written` is there if the answer says it, as those of remote write 2.0 do. */
export type WriteAnswer =
  | { readonly kind: 'taken'; readonly written?: Written }
  /** It would be refused again. */
  | { readonly kind: 'refused'; readonly status: number; readonly problem: string; readonly written?: Written }
  /** It may be sent again, at the earliest after so many seconds where the server says so. */
  | { readonly kind: 'later'; readonly problem: string; readonly afterSeconds?: number };

/** The limit of a server's error text that is shown. */
const MOST_SHOWN = 300;
/** Nobody has to wait longer because of `Retry-After`. */
const LONGEST_WAIT_SECONDS = 600;

/**
 * Reads an answer by Prometheus' rules: 5xx and 429 are sent again, all other refusals are final (remote write 1.0,
 * "Retries"). `nowMs` is milliseconds since the Unix epoch.
 */
export async function readWriteAnswer(response: HttpResponse, nowMs: number): Promise<WriteAnswer> {
  const { status, headers } = response;
  const told = writtenOf(headers);
  const written = told && { written: told };
  if (status >= 200 && status < 300) return { kind: 'taken', ...written };
  const problem = `${status} ${await textOf(response)}`.trim();
  if (status !== 429 && status < 500) return { kind: 'refused', status, problem, ...written };
  const afterSeconds = retryAfter(firstHeader(headers, 'Retry-After'), nowMs);
  return { kind: 'later', problem, ...(afterSeconds !== undefined && { afterSeconds }) };
}

/** If one of the headers is there, those that are not mean zero (remote write 2.0). Ours have no exemplars. */
function writtenOf(headers: HttpHeaders): Written | undefined {
  const [samples, histograms, exemplars] = ['Samples', 'Histograms', 'Exemplars'].map((what) => {
    const text = firstHeader(headers, `X-Prometheus-Remote-Write-${what}-Written`) ?? '';
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  });
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return { samples: samples ?? 0, histograms: histograms ?? 0 };
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), LONGEST_WAIT_SECONDS);
}

/** Reads the beginning of the body. A body that breaks off, or never ends, changes nothing in what the status says. */
async function textOf({ readBody }: HttpResponse): Promise<string> {
  let text = '';
  while (text.length < MOST_SHOWN) {
    const chunk = await readBody().catch(() => undefined);
    if (chunk === undefined) break;
    text += chunk.toString('utf8', 0, MOST_SHOWN);
  }
  return text.slice(0, MOST_SHOWN).trim();
}
