import type { FileHandle } from 'node:fs/promises';
import { openRegularFile } from '../../files/regular-file.js';
import type { HttpRequest, RequestBody } from '../../net/http-exchange.js';
import { canonicalHeaderName, isHeaderValue, isToken } from '../../net/http1/http-headers.js';
import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import { noteHeader, type SecretUser } from '../../probe/used-secrets.js';
import { goQuote } from '../../values/go/go-quote.js';
import { Secret } from '../../values/secret.js';
import { unlessAborted } from '../../values/unless-aborted.js';
import type { Proxy } from '../http-client/http-proxy.js';
import type { Hop } from '../http-client/http-redirect.js';
import { originForm } from '../http-client/http-url.js';
import type { RequestRecipe } from './http-options.js';

/** The parts of one request that come from the probe, not from the module's options. */
export interface RequestContext extends SecretUser {
  /** The OAuth2 token of this probe, ready for the Authorization header. */
  readonly token: Secret | undefined;
  readonly cookie: string | undefined;
  /** The proxy that is asked in place of the origin server (plain HTTP only). */
  readonly proxy: Proxy | undefined;
}

/** Headers that are for the first host only, as in Go's client. */
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  ...['Authorization', 'Www-Authenticate', 'Cookie', 'Cookie2'],
  ...['Proxy-Authorization', 'Proxy-Authenticate'],
]);

/** Headers that describe a body: they go when a redirect drops it. */
const BODY_HEADERS: ReadonlySet<string> = new Set([
  'Content-Encoding',
  'Content-Language',
  'Content-Location',
  'Content-Type',
]);

/** The request of one hop, without its body; rejects with a ProbeFailure (files, or something that cannot be sent). */
export async function buildRequest(recipe: RequestRecipe, hop: Hop, context: RequestContext): Promise<HttpRequest> {
  const authority = hop.hostHeader ?? withoutZone(hop.url.host);
  const hasBody = recipe.body !== undefined || recipe.bodyFile !== undefined;
  const kept = recipe.headers.filter(
    ([name]) => isFor(hop, name) && (hop.withBody || !hasBody || !BODY_HEADERS.has(name)),
  );
  for (const [name, value] of kept) noteHeader(name, value, context.secrets);
  const headers = await completeHeaders(kept, recipe, hop, context);
  const request = {
    method: hop.method,
    requestTarget: (context.proxy === undefined ? '' : `${hop.url.scheme}://${authority}`) + originForm(hop.url),
    scheme: hop.url.scheme,
    authority,
    ...(recipe.userAgent === undefined ? {} : { userAgent: recipe.userAgent }),
    headers,
  };
  checkRequest(request);
  return request;
}

function isFor(hop: Hop, name: string): boolean {
  return hop.trusted || !CREDENTIAL_HEADERS.has(name);
}

async function completeHeaders(
  kept: readonly (readonly [string, string])[],
  recipe: RequestRecipe,
  hop: Hop,
  context: RequestContext,
): Promise<readonly (readonly [string, string])[]> {
  const added: (readonly [string, string])[] = [];
  if (!kept.some(([name]) => name === 'Authorization')) {
    const authorization = await authorizationOf(recipe, hop, context);
    if (authorization !== undefined) added.push(['Authorization', authorization]);
  }
  const configured = (await recipe.configuredHeaders?.headers(context)) ?? [];
  added.push(...configured.filter(([name]) => isFor(hop, name)));
  if (hop.referer !== undefined && !kept.some(([name]) => name === 'Referer')) added.push(['Referer', hop.referer]);
  if (context.proxy?.authorization !== undefined) {
    added.push(['Proxy-Authorization', context.proxy.authorization.reveal()]);
  }
  if (added.length === 0 && context.cookie === undefined) return kept;
  const headers = [...kept, ...added].map(([name, value]) => [canonicalHeaderName(name), value] as const);
  return withCookie(headers, context.cookie).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * A configured Authorization header wins over the URL's userinfo, which wins over the module's credentials, as in
 * upstream.
 */
async function authorizationOf(recipe: RequestRecipe, hop: Hop, context: RequestContext): Promise<string | undefined> {
  const { userinfo } = hop.url;
  if (userinfo !== undefined) {
    const encoded = Buffer.from(`${userinfo.username}:${userinfo.password}`).toString('base64');
    for (const text of [userinfo.password, encoded]) context.secrets.use(new Secret(text));
    return `Basic ${encoded}`;
  }
  if (!hop.trusted) return undefined;
  return context.token?.reveal() ?? (await recipe.credentials?.header(context));
}

/** Cookies of the jar join the module's own Cookie header (RFC 6265 §5.4: one header). */
function withCookie(headers: (readonly [string, string])[], cookie: string | undefined): (readonly [string, string])[] {
  if (cookie === undefined) return headers;
  const own = headers.find(([name]) => name === 'Cookie')?.[1];
  const others = headers.filter(([name]) => name !== 'Cookie');
  return [...others, ['Cookie', own === undefined ? cookie : `${own}; ${cookie}`]];
}

/** A zone means something to this host only (RFC 6874 §4). */
function withoutZone(host: string): string {
  return host.includes('%') ? host.replace(/%[^\]]*/, '') : host;
}

/** Checks the method and the body file before anything is sent. Rejects with a ProbeFailure. */
export async function checkRecipe({ method, bodyFile }: RequestRecipe, signal: AbortSignal): Promise<void> {
  if (!isToken(method)) throw unsendable('Error creating request', `net/http: invalid method ${goQuote(method)}`);
  if (bodyFile !== undefined) await (await openFile(bodyFile, signal)).close();
}

function checkRequest(request: HttpRequest): void {
  if (!isHeaderValue(request.authority) || /\s/.test(request.authority)) {
    throw unsendable('Error for HTTP request', 'http: invalid Host header');
  }
  checkHeader('User-Agent', request.userAgent ?? '');
  for (const [name, value] of request.headers) checkHeader(name, value);
}

function checkHeader(name: string, value: string): void {
  if (!isToken(name)) {
    throw unsendable('Error for HTTP request', `net/http: invalid header field name ${goQuote(name)}`);
  }
  if (!isHeaderValue(value)) {
    throw unsendable('Error for HTTP request', `net/http: invalid header field value for ${goQuote(name)}`);
  }
}

function unsendable(message: string, err: string): ProbeFailure {
  return new ProbeFailure('setup', 'invalid_request', message, { err });
}

/**
 * The module's body, opened anew for each hop that gets it. Rejects with a ProbeFailure. The caller reads it to its end
 * or destroys it.
 */
export async function openBody(recipe: RequestRecipe, signal: AbortSignal): Promise<RequestBody | undefined> {
  if (recipe.body !== undefined) return { kind: 'bytes', bytes: recipe.body };
  if (recipe.bodyFile === undefined) return undefined;
  return { kind: 'stream', chunks: (await openFile(recipe.bodyFile, signal)).createReadStream() };
}

const BODY_FAILED = 'Error opening body file';

async function openFile(path: string, signal: AbortSignal): Promise<FileHandle> {
  const opening = openRegularFile(path);
  try {
    return (await unlessAborted(opening, signal)).handle;
  } catch (error) {
    // A file that opens after the signal fired is closed.
    opening.then(
      ({ handle }) => handle.close(),
      () => undefined,
    );
    if (signal.aborted) throw stepFailure(error, { phase: 'setup', signal, message: BODY_FAILED });
    throw new ProbeFailure('setup', 'file_unreadable', BODY_FAILED, { err: textOf(error) });
  }
}
