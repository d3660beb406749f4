import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Request, RequestFunction } from 'got';
import { ProbeFailure } from '../../probe/failure.js';
import { textOf } from '../../probe/error-text.js';
import { stepFailure } from '../../probe/step-failure.js';
import { goQuote } from '../../values/go-quote.js';
import type { TokenAnswer } from './http-oauth2-answer.js';
import type { Route } from './http-oauth2-route.js';

export interface FormPost {
  readonly body: string;
  readonly authorization?: string;
  readonly userAgent: string | undefined;
  readonly route: Route;
  readonly signal: AbortSignal;
}

/** No token is longer; of an endless answer no more is read. */
const LARGEST_ANSWER_BYTES = 1024 * 1024;
const MOST_REDIRECTS = 10;

/**
 * Posts a form and reads the answer, over redirects: 307 and 308 are asked again, others with GET; credentials stay with the host, as in Go.
 * Rejects with a ProbeFailure: phase auth, or setup where files of tls_config cannot be read.
 */
export async function postForm(url: URL, form: FormPost): Promise<TokenAnswer> {
  const { body, authorization, userAgent, route, signal } = form;
  // Loaded at the first use: most configurations have no OAuth2.
  const { got } = await import('got');
  const stream = got.stream.post(url, {
    body,
    headers: { 'user-agent': userAgent, 'content-type': 'application/x-www-form-urlencoded', authorization },
    signal,
    request: requestOver(route, signal),
    retry: { limit: 0 },
    maxRedirects: MOST_REDIRECTS,
    methodRewriting: true,
    throwHttpErrors: false,
    decompress: false,
  });
  try {
    return await readAnswer(stream);
  } catch (error) {
    throw signal.aborted
      ? stepFailure(error, { phase: 'auth', signal, message: 'Error for HTTP request' })
      : failureOf(error, url);
  } finally {
    stream.destroy();
  }
}

/** Each request of got's goes over a connection of our own: our resolver, our verdict on certificates, our proxies. */
function requestOver(route: Route, signal: AbortSignal): RequestFunction {
  return (url, { method, headers }, callback) => {
    const hop = route.to(url);
    const options: http.RequestOptions = {
      ...(method === undefined ? undefined : { method }),
      // got makes them an object; only the type knows lists as well.
      headers: { ...(headers as http.OutgoingHttpHeaders), host: url.host, ...hop.headers },
      path: hop.requestTarget,
      createConnection: (_options, done) => {
        hop.connect(signal).then(
          (socket) => done(null, socket),
          // Whoever rejects with something else would be a bug, but it still has to be an Error here.
          (error: unknown) => done(error instanceof Error ? error : new Error(textOf(error)), undefined as never),
        );
        return undefined;
      },
    };
    const request = http.request(options, callback);
    // A tunnel leaves its socket paused, and the client does not wake it.
    request.once('socket', (socket) => socket.resume());
    return request;
  };
}

async function readAnswer(stream: Request): Promise<TokenAnswer> {
  let response: IncomingMessage | undefined;
  stream.once('response', (message: IncomingMessage) => (response = message));
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_ANSWER_BYTES) throw refused(`the answer is longer than ${LARGEST_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return {
    status: response?.statusCode ?? 0,
    statusText: response?.statusMessage ?? '',
    contentType: response?.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

/** What got threw, by its class names: it is not loaded where nothing was asked. */
function failureOf(error: unknown, url: URL): ProbeFailure {
  const cause = rootOf(error);
  if (cause instanceof ProbeFailure && (cause.phase === 'setup' || cause.phase === 'auth')) return cause;
  const name = error instanceof Error ? error.name : '';
  if (name === 'MaxRedirectsError') {
    return refused(`stopped after ${MOST_REDIRECTS} redirects`);
  }
  // The answer had begun.
  if (name === 'ReadError') return refused('unexpected EOF');
  const text = cause instanceof ProbeFailure ? String(cause.fields['err']) : textOf(cause);
  const err = `Post ${goQuote(url.href)}: ${text}`;
  return new ProbeFailure('auth', 'token_unreachable', 'Error for HTTP request', { err });
}

/** The error that got, or the attempts at several addresses, wrapped. */
function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError) return rootOf(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) return rootOf(error.cause);
  return error;
}

function refused(text: string): ProbeFailure {
  const err = `oauth2: cannot fetch token: ${text}`;
  return new ProbeFailure('auth', 'token_refused', 'Error for HTTP request', { err });
}
