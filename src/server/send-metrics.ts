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

/** Sends metrics that were written in `format`, packed if the client prefers that. */
export function sendMetrics(
  request: WebRequest,
  response: WebResponse,
  { format, body }: { format: ExpositionFormat; body: string | Buffer },
): void {
  const acceptEncoding = request.headers['accept-encoding'];
  const { contentType } = format;
  if (acceptEncoding === undefined || !gzipFor(acceptEncoding)) {
    sendReply(response, { status: 200, contentType, body });
    return;
  }
  sendReply(response, { status: 200, contentType, body: gzip(body), headers: { 'Content-Encoding': 'gzip' } });
}
