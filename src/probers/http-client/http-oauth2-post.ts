import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { HttpResponse } from '../../net/http-exchange.js';
import { firstHeader } from '../../net/http1/http-headers.js';
import { http1Exchange } from '../../net/http1/http1-exchange.js';
import { MalformedResponse } from '../../net/http1/malformed-response.js';
import { HeadTooLarge } from '../../net/http1/no-head.js';
import { TruncatedBody } from '../../net/http1/truncated-body.js';
import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import { isBug, stepFailure } from '../../probe/step-failure.js';
import { goQuote } from '../../values/go/go-quote.js';
import { HeldBytes } from '../../values/held-bytes.js';
import type { TokenAnswer } from './http-oauth2-answer.js';
import type { Route, RouteAsker } from './http-oauth2-route.js';
import { nextPostHop, type PostHop, type PostRedirect } from './http-post-hop.js';
import { MOST_REDIRECTS, redirectLocation } from './http-redirect.js';
import { readRedirectBody } from './http-redirect-body.js';

/** A form that is posted to the server of tokens. */
export interface FormPost {
  readonly body: string;
  readonly authorization?: string;
  readonly userAgent: string | undefined;
  readonly route: Route;
  readonly asker: RouteAsker;
}

/** The largest answer that is read; no token is longer. */
const LARGEST_ANSWER_BYTES = 128 * 1024;

/**
 * Posts a form and reads the answer, over redirects: 307 and 308 are asked again, others with GET; credentials stay
 * with the host, as in Go. The same exchange as for targets, so what a target may send is fine here as well. Rejects
 * with a ProbeFailure: phase auth, or setup where files of tls_config cannot be read. A bug of ours passes as it is.
 */
export async function postForm(url: URL, form: FormPost): Promise<TokenAnswer> {
  const { signal } = form.asker;
  try {
    return await follow({ url, withBody: true, isTrusted: true }, form);
  } catch (error) {
    if (isBug(error)) throw error;
    throw signal.aborted
      ? stepFailure(error, { phase: 'auth', signal, message: 'Error for HTTP request' })
      : failureOf(error, url);
  }
}

async function follow(first: PostHop, form: FormPost): Promise<TokenAnswer> {
  let hop = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await ask(hop, form);
    if (!('location' in answer)) return answer;
    const next = nextPostHop(hop, answer);
    if (typeof next === 'string') throw refused(next);
    hop = next;
  }
  throw refused(`stopped after ${MOST_REDIRECTS} redirects`);
}

/** The connection for a token: with our resolver, our verdict on certificates, and our proxies. */
async function ask(hop: PostHop, form: FormPost): Promise<TokenAnswer | PostRedirect> {
  const { url, withBody } = hop;
  const { route, userAgent, asker } = form;
  const { signal } = asker;
  const way = route.to(url);
  const exchange = http1Exchange(await way.connect(asker), signal);
  try {
    await exchange.send({
      method: withBody ? 'POST' : 'GET',
      requestTarget: way.requestTarget,
      scheme: url.protocol === 'https:' ? 'https' : 'http',
      authority: url.host,
      ...(userAgent !== undefined && { userAgent }),
      headers: headersOf(hop, form, way.headers),
      ...(withBody && { body: { kind: 'bytes', bytes: Buffer.from(form.body) } }),
    });
    const response = await exchange.receive();
    const location = redirectLocation(response.status, firstHeader(response.headers, 'Location'));
    if (location === undefined) return await readAnswer(response, signal);
    await readRedirectBody(response, signal);
    return { status: response.status, location };
  } finally {
    exchange.close();
  }
}

function headersOf(
  { withBody, isTrusted }: PostHop,
  { authorization }: FormPost,
  ofProxy: Readonly<Record<string, string>>,
) {
  const headers: (readonly [string, string])[] = Object.entries(ofProxy);
  if (authorization !== undefined && isTrusted) headers.push(['Authorization', authorization]);
  if (withBody) headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
  return headers;
}

async function readAnswer(response: HttpResponse, signal: AbortSignal): Promise<TokenAnswer> {
  const held = new HeldBytes();
  let length = 0;
  try {
    for (let chunk = await response.readBody(); chunk !== undefined; chunk = await response.readBody()) {
      length += chunk.length;
      if (length > LARGEST_ANSWER_BYTES) throw refused(`the answer is longer than ${LARGEST_ANSWER_BYTES} bytes`);
      held.add(chunk);
    }
  } catch (error) {
    // The answer had begun, so the endpoint was reached.
    throw signal.aborted || error instanceof ProbeFailure || isBug(error) ? error : refused(textOf(error));
  }
  const isPacked = firstHeader(response.headers, 'Content-Encoding')?.toLowerCase() === 'gzip' && length > 0;
  return {
    status: response.status,
    statusText: response.reason ?? '',
    contentType: firstHeader(response.headers, 'Content-Type') ?? '',
    body: (isPacked ? await unpack(held.all) : held.all).toString('utf8'),
  };
}

/** Decompresses the answer: some servers compress it unasked. */
async function unpack(bytes: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: LARGEST_ANSWER_BYTES });
  } catch (error) {
    throw refused(`the answer cannot be decompressed: ${textOf(error)}`);
  }
}

function failureOf(error: unknown, url: URL): ProbeFailure {
  const cause = error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as unknown) : error;
  if (cause instanceof ProbeFailure && (cause.phase === 'setup' || cause.phase === 'auth')) return cause;
  const text = cause instanceof ProbeFailure ? String(cause.fields['err']) : textOf(cause);
  const err = `Post ${goQuote(url.href)}: ${text}`;
  return new ProbeFailure('auth', answered(cause) ? 'token_refused' : 'token_unreachable', 'Error for HTTP request', {
    err,
  });
}

/** Whether the endpoint answered, even if not with what was wanted. */
function answered(error: unknown): boolean {
  return error instanceof MalformedResponse || error instanceof HeadTooLarge || error instanceof TruncatedBody;
}

function refused(text: string): ProbeFailure {
  const err = `oauth2: cannot fetch token: ${text}`;
  return new ProbeFailure('auth', 'token_refused', 'Error for HTTP request', { err });
}
