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
import { LONGEST_LOCATION, redirectLocation } from './http-redirect.js';

/** A form that is posted to the server of tokens. */
export interface FormPost {
  readonly body: string;
  readonly authorization?: string;
  readonly userAgent: string | undefined;
  readonly route: Route;
  readonly asker: RouteAsker;
}

/** No token is longer; of an endless answer no more is read. */
const LARGEST_ANSWER_BYTES = 128 * 1024;
const MOST_REDIRECTS = 10;

/** One request on its way to the token. */
interface FormHop {
  readonly url: URL;
  readonly withForm: boolean;
  /** Credentials stay with the host, and are gone once it was left. */
  readonly authorization: string | undefined;
}

/**
 * Posts a form and reads the answer, over redirects: 307 and 308 are asked again, others with GET; credentials stay
 * with the host, as in Go. The same exchange as for targets, so what a target may send is fine here as well. Rejects
 * with a ProbeFailure: phase auth, or setup where files of tls_config cannot be read. A bug of ours passes as it is.
 */
export async function postForm(url: URL, form: FormPost): Promise<TokenAnswer> {
  const { signal } = form.asker;
  try {
    return await follow({ url, withForm: true, authorization: form.authorization }, form);
  } catch (error) {
    if (isBug(error)) throw error;
    throw signal.aborted
      ? stepFailure(error, { phase: 'auth', signal, message: 'Error for HTTP request' })
      : failureOf(error, url);
  }
}

async function follow(first: FormHop, form: FormPost): Promise<TokenAnswer> {
  let hop = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await ask(hop, form);
    if (!('location' in answer)) return answer;
    hop = nextHop(hop, answer);
  }
  throw refused(`stopped after ${MOST_REDIRECTS} redirects`);
}

interface Redirect {
  readonly status: number;
  readonly location: string;
}

function nextHop(hop: FormHop, { status, location }: Redirect): FormHop {
  if (location.length > LONGEST_LOCATION) throw refused('the answer redirects to a URL that is too long');
  const url = URL.canParse(location, hop.url.href) ? new URL(location, hop.url) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw refused(`cannot follow the redirect to ${goQuote(location)}`);
  }
  url.username = '';
  url.password = '';
  return {
    url,
    withForm: hop.withForm && (status === 307 || status === 308),
    authorization: url.hostname === hop.url.hostname ? hop.authorization : undefined,
  };
}

/** A connection of our own: our resolver, our verdict on certificates, our proxies. */
async function ask(hop: FormHop, form: FormPost): Promise<TokenAnswer | Redirect> {
  const { url, withForm } = hop;
  const { route, userAgent, asker } = form;
  const { signal } = asker;
  const way = route.to(url);
  const exchange = http1Exchange(await way.connect(asker), signal);
  try {
    await exchange.send({
      method: withForm ? 'POST' : 'GET',
      requestTarget: way.requestTarget,
      scheme: url.protocol === 'https:' ? 'https' : 'http',
      authority: url.host,
      ...(userAgent !== undefined && { userAgent }),
      headers: headersOf(hop, way.headers),
      ...(withForm && { body: { kind: 'bytes', bytes: Buffer.from(form.body) } }),
    });
    const response = await exchange.receive();
    const location = redirectLocation(response.status, firstHeader(response.headers, 'Location'));
    return location === undefined ? await readAnswer(response, signal) : { status: response.status, location };
  } finally {
    exchange.close();
  }
}

function headersOf({ withForm, authorization }: FormHop, ofProxy: Readonly<Record<string, string>>) {
  const headers: (readonly [string, string])[] = Object.entries(ofProxy);
  if (authorization !== undefined) headers.push(['Authorization', authorization]);
  if (withForm) headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
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

/** Some servers pack their answers unasked. */
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

/** Whether something came from the endpoint, if not what was wanted. */
function answered(error: unknown): boolean {
  return error instanceof MalformedResponse || error instanceof HeadTooLarge || error instanceof TruncatedBody;
}

function refused(text: string): ProbeFailure {
  const err = `oauth2: cannot fetch token: ${text}`;
  return new ProbeFailure('auth', 'token_refused', 'Error for HTTP request', { err });
}
