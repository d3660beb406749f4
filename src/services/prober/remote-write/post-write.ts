import type { RawRemoteWrite } from '../../../config/remote-write/raw-remote-write.js';
import type { HttpResponse } from '../../../net/http-exchange.js';
import { firstHeader, isHeaderValue, isToken } from '../../../net/http1/http-headers.js';
import { http1Exchange } from '../../../net/http1/http1-exchange.js';
import { createSystemResolver } from '../../../net/resolve/resolver.js';
import { compileTlsConfig } from '../../../net/tls/tls-client.js';
import { createTlsPlatform } from '../../../net/tls/tls-platform.js';
import { ProbeFailure } from '../../../probe/failure.js';
import { TargetPolicy } from '../../../probe/policy/target-policy.js';
import { textMask } from '../../../probe/text-mask.js';
import { NOT_NOTED } from '../../../probe/used-secrets.js';
import { compileRoute, type Route } from '../../../probers/http-client/http-oauth2-route.js';
import { nextPostHop, type PostHop, type PostRedirect } from '../../../probers/http-client/http-post-hop.js';
import { MOST_REDIRECTS, redirectLocation } from '../../../probers/http-client/http-redirect.js';
import { messageOf } from '../../../values/as-error.js';
import type { Clock } from '../../../values/clock.js';
import { parsePrometheusDuration } from '../../../values/duration.js';
import type { Platform } from '../../platform.js';
import { readWriteAnswer, type WriteAnswer } from './write-answer.js';
import { compileLogin, type HeaderLine, type Shown, type WriteLogin } from './write-login.js';

/** A request of remote write. */
export interface WriteRequest {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the request, whatever state it is in. */
  readonly end: AbortSignal;
}

/** Sends one request. Never rejects. */
export type PostWrite = (request: WriteRequest) => Promise<WriteAnswer>;

/** The dependencies of all requests. */
interface Client {
  readonly raw: RawRemoteWrite;
  readonly url: URL;
  readonly route: Route;
  readonly login: WriteLogin;
  readonly policy: TargetPolicy;
  readonly userAgent: string;
  readonly clock: Clock;
}

/**
 * Makes what sends requests, each over a connection of its own; files with secrets are read anew for each. Throws
 * ConfigError.
 */
export function writePoster(raw: RawRemoteWrite, platform: Platform): PostWrite {
  const client = compileClient(raw, platform);
  const { clock } = platform;
  const seconds = parsePrometheusDuration(raw.remote_timeout) ?? 0;
  return async (request) => {
    const late = new AbortController();
    const cancel = clock.after(seconds, () => {
      late.abort(new Error(`no answer within ${raw.remote_timeout}`));
    });
    const signal = AbortSignal.any([late.signal, request.end]);
    try {
      return await post(request, client, signal);
    } catch (error) {
      return { kind: 'later', problem: whatFailed(error, signal) };
    } finally {
      cancel();
    }
  };
}

function compileClient(raw: RawRemoteWrite, { clock, env, build }: Platform): Client {
  const tls = createTlsPlatform({ clock, certFile: env['SSL_CERT_FILE'], certDir: env['SSL_CERT_DIR'] });
  const deps = {
    ...{ env, clock, userAgent: `Sonde/${build.version}` },
    resolver: createSystemResolver({ hostsFile: '/etc/hosts', resolvConfFile: '/etc/resolv.conf', clock }),
    compileTls: (config: Parameters<typeof compileTlsConfig>[0]) => compileTlsConfig(config, tls),
  };
  return {
    ...{ raw, clock, userAgent: deps.userAgent, url: new URL(raw.url) },
    route: compileRoute(raw, deps),
    login: compileLogin(raw, deps),
    policy: raw.target_policy === undefined ? TargetPolicy.ALLOW_ALL : TargetPolicy.compile(raw.target_policy),
  };
}

/** A token that was good may have been withdrawn: then another one is asked for, once. */
async function post(request: WriteRequest, client: Client, signal: AbortSignal): Promise<WriteAnswer> {
  const { login, policy } = client;
  const shown = await login.show({ signal, policy, secrets: NOT_NOTED });
  const answer = await follow({ request, shown, signal }, client);
  if (answer.kind !== 'refused' || answer.status !== 401) return answer;
  login.forgetToken();
  if (!shown.hasOldToken) return answer;
  return follow({ request, shown: await login.show({ signal, policy, secrets: NOT_NOTED }), signal }, client);
}

interface Sending {
  readonly request: WriteRequest;
  readonly shown: Shown;
  readonly signal: AbortSignal;
}

/**
 * Sends a request, over redirects by 307 and 308. Prometheus follows others with GET, which no receiver takes for
 * samples, but which a page for people may answer with 200.
 */
async function follow(sending: Sending, client: Client): Promise<WriteAnswer> {
  let hop: PostHop = { url: client.url, withBody: true, isTrusted: true };
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await ask(hop, sending, client);
    if (!('location' in answer)) return answer;
    const next = nextPostHop(hop, answer);
    if (typeof next === 'string') return { kind: 'later', problem: `${answer.status} ${next}` };
    if (!client.raw.follow_redirects || !next.withBody) return notFollowed(answer, client.raw);
    hop = { ...next, isTrusted: next.isTrusted && (hop.url.protocol === 'http:' || next.url.protocol === 'https:') };
  }
  return { kind: 'later', problem: `stopped after ${MOST_REDIRECTS} redirects` };
}

/** Returns the part of a foreign Location that may be shown. */
const LONGEST_SHOWN = 200;

function notFollowed({ status, location }: PostRedirect, { follow_redirects: isOn }: RawRemoteWrite): WriteAnswer {
  const why = isOn
    ? 'that is not followed, since it would be asked with GET and without samples'
    : 'redirects are not followed (follow_redirects: false)';
  const to = location.length > LONGEST_SHOWN ? `${location.slice(0, LONGEST_SHOWN)}…` : location;
  return { kind: 'later', problem: `${status} redirects to ${to}: ${why}; write the URL that takes the samples` };
}

async function ask(hop: PostHop, sending: Sending, client: Client): Promise<WriteAnswer | PostRedirect> {
  const { request, shown, signal } = sending;
  const { url } = hop;
  const way = client.route.to(url);
  const own = [...shown.open, ...(hop.isTrusted ? shown.secret : [])];
  assertSendable(own);
  const exchange = http1Exchange(await way.connect({ signal, policy: client.policy, secrets: NOT_NOTED }), signal);
  try {
    await exchange.send({
      ...{ method: 'POST', requestTarget: way.requestTarget, authority: url.host, userAgent: client.userAgent },
      scheme: url.protocol === 'https:' ? 'https' : 'http',
      headers: [...Object.entries(way.headers), ...Object.entries(request.headers), SNAPPY, ...own],
      body: { kind: 'bytes', bytes: request.body },
    });
    return await answerOf(await exchange.receive(), shown, client.clock);
  } finally {
    exchange.close();
  }
}

/** A line break in a token would begin another header. Throws an Error, which does not cite the value. */
function assertSendable(lines: readonly HeaderLine[]): void {
  const [name] = lines.find(([each, value]) => !isToken(each) || !isHeaderValue(value)) ?? [];
  if (name !== undefined) throw new Error(`the header ${JSON.stringify(name)} has characters that cannot be sent`);
}

const SNAPPY: HeaderLine = ['Content-Encoding', 'snappy'];

async function answerOf(response: HttpResponse, shown: Shown, clock: Clock): Promise<WriteAnswer | PostRedirect> {
  const { status, headers } = response;
  const location = redirectLocation(status, firstHeader(headers, 'Location'));
  if (location !== undefined) return { status, location };
  const answer = await readWriteAnswer(response, clock.wallSeconds() * 1000);
  if (answer.kind === 'taken') return answer;
  // Some servers say in their refusals what they were shown.
  const mask = textMask(shown.secret.flatMap(([, value]) => secretsIn(value)));
  return mask === undefined ? answer : { ...answer, problem: mask(answer.problem) };
}

/** A value, what stands behind the scheme of a login in it, and the password of that. */
function secretsIn(value: string): readonly string[] {
  const [scheme = '', credentials = ''] = value.split(' ', 2);
  const decoded = /^basic$/i.test(scheme) ? Buffer.from(credentials, 'base64').toString('utf8') : '';
  return [value, credentials, decoded, decoded.slice(decoded.indexOf(':') + 1)];
}

/** Files with secrets that cannot be read, and tokens that cannot be had, say so in a field. */
function whatFailed(error: unknown, signal: AbortSignal): string {
  const failure = error instanceof ProbeFailure ? error : undefined;
  if (signal.aborted) return `${failure?.phase === 'auth' ? 'no token: ' : ''}${messageOf(signal.reason)}`;
  const { err } = failure?.fields ?? {};
  return err === undefined ? messageOf(error) : String(err);
}
