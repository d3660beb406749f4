import { cachedByText } from './bounded-cache.js';
import type { WebRequest, WebResponse } from './exchange.js';
import { sendReply } from './http-reply.js';
import { gzip, prefersGzip } from './negotiate-encoding.js';
import { negotiateFormat } from './negotiate-format.js';
import type { ExpositionFormat } from './negotiate-format.js';

const formatFor = cachedByText(negotiateFormat);
const gzipFor = cachedByText(prefersGzip);

/** The form in which the client wants its metrics. */
export function wantedFormat(request: WebRequest): ExpositionFormat {
  return formatFor(request.headers.accept ?? '');
}

/** Whether the client prefers what it gets packed. */
export function wantsGzip(request: WebRequest): boolean {
  const acceptEncoding = request.headers['accept-encoding'];
  return acceptEncoding !== undefined && gzipFor(acceptEncoding);
}

/** Sends metrics that were written in `format`, packed if the client prefers that. */
export function sendMetrics(
  request: WebRequest,
  response: WebResponse,
  { format, body }: { format: ExpositionFormat; body: string | Buffer },
): void {
  const { contentType } = format;
  if (!wantsGzip(request)) {
    sendReply(response, { status: 200, contentType, body });
    return;
  }
  sendReply(response, { status: 200, contentType, body: gzip(body), headers: { 'Content-Encoding': 'gzip' } });
}
