import { MetricSet } from '../../metrics/metric-set.js';
import { joinHostPort } from '../../net/host-port.js';
import type { HttpExchange, HttpRequest, HttpResponse } from '../../net/http-exchange.js';
import { firstHeader } from '../../net/http1/http-headers.js';
import { resolveTarget, type TargetAddress } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import { noteTls } from '../../net/tls/tls-trace.js';
import { ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import type { Destination } from '../../probe/policy/target-policy.js';
import type { ProbeContext } from '../../probe/prober.js';
import { joined } from '../../values/held-bytes.js';
import { Secret } from '../../values/secret.js';
import { noteProxySecrets, type Proxy } from '../http-client/http-proxy.js';
import { type Hop, MOST_REDIRECTS, redirectLocation } from '../http-client/http-redirect.js';
import { readRedirectBody } from '../http-client/http-redirect-body.js';
import { hrefOf, portOf, UnsupportedSchemeError } from '../http-client/http-url.js';
import { type BodySource, readBody } from './body/http-body.js';
import { type CookieJar, createCookieJar } from './http-cookies.js';
import { dial, type DialPlan, isAddress, REQUEST_FAILED } from './http-dial.js';
import { bodyFailure, exchangeFailure, inFrame, redirectFailure } from './http-failure.js';
import type { FinalAnswer, HttpObservation } from './http-observation.js';
import type { HttpOptions } from './http-options.js';
import type { HttpPhase } from './http-report.js';
import { buildRequest, checkRecipe, openBody } from './http-request.js';
import { redirectedHop } from './redirected-hop.js';

/** How much of a body, after decompression, is held for regular expressions and CEL; a longer one fails the probe. */
export const LARGEST_HELD_BODY_BYTES = 16 * 1024 * 1024;

/**
 * The requests of one probe, from the target over its redirects to the final answer. Its facts can be read at any time,
 * even if it failed.
 */
export class HttpChain {
  readonly #options: HttpOptions;
  readonly #resolver: Resolver;
  readonly #context: ProbeContext;
  readonly #first: Hop;
  readonly #addresses = new Map<string, TargetAddress>();
  #jar: CookieJar | undefined;
  #token: Secret | undefined;

  readonly phases: PhaseClock<HttpPhase>;
  /** Redirects met so far. */
  redirects = 0;
  /** TLS facts of the last connection; undefined over plain HTTP. */
  tls: TlsFacts | undefined;
  /** Whether the chain got as far as its first request. From then on every phase is reported. */
  ready = false;

  constructor(first: Hop, options: HttpOptions, resolver: Resolver, context: ProbeContext) {
    this.#first = first;
    this.#options = options;
    this.#resolver = resolver;
    this.#context = context;
    this.phases = new PhaseClock(context);
  }

  /** Rejects with a ProbeFailure when there is no final answer. */
  async run(): Promise<HttpObservation> {
    await this.#resolveTarget();
    if (this.#options.tls.hasMaterial) await this.#prepareTls();
    await checkRecipe(this.#options.recipe, this.#context.signal);
    this.ready = true;
    let hop = this.#first;
    for (;;) {
      const result = await this.#visit(hop).catch((error: unknown) => {
        throw inFrame(error, hop);
      });
      if ('answer' in result) {
        const { redirects, tls: facts } = this;
        return { answer: result.answer, redirects, ...(facts === undefined ? {} : { tls: facts }) };
      }
      hop = result.next;
      this.#context.marks.restart();
    }
  }

  /** The look-up that upstream's gauges tell of; without it where a proxy is to do that. */
  async #resolveTarget(): Promise<void> {
    const { addresses, skipResolveWithProxy, proxy } = this.#options;
    if (skipResolveWithProxy && proxy.configured) return;
    const { hostname } = this.#first.url;
    const found = await this.phases.time('resolve', () =>
      resolveTarget(this.#originOf(this.#first), addresses, { resolver: this.#resolver, context: this.#context }),
    );
    this.#addresses.set(hostname, found);
  }

  /** Reads what TLS needs before it is on the clock, if it is new. */
  #prepareTls(): Promise<void> | undefined {
    return this.#options.tls.prepare(this.#context.signal)?.catch((error: unknown) => {
      if (!(error instanceof ProbeFailure)) throw error;
      throw new ProbeFailure(error.phase, error.reason, 'Error generating HTTP client', { err: error.message });
    });
  }

  /** The token for a hop. There is one token for each probe, and only for the host that it is meant for. */
  async #tokenFor(hop: Hop): Promise<Secret | undefined> {
    const { oauth2 } = this.#options.recipe;
    if (oauth2 === undefined || !hop.trusted || this.#token !== undefined) return this.#token;
    this.#context.marks.enter('auth');
    const { type, token } = await oauth2.token(this.#context);
    this.#context.marks.enter('setup');
    this.#token = new Secret(`${type} ${token.reveal()}`);
    return this.#token;
  }

  /** One request and its answer: the final one, or the hop that it redirects to. */
  async #visit(hop: Hop): Promise<{ readonly answer: FinalAnswer } | { readonly next: Hop }> {
    const hopPhases = new PhaseClock<HttpPhase>(this.#context);
    this.tls = undefined;
    let exchange: HttpExchange | undefined;
    try {
      exchange = await this.#open(hop, hopPhases);
      const response = await hopPhases.time('transfer', exchange.receive).catch((error: unknown) => {
        throw exchangeFailure(error, this.#context.signal);
      });
      this.#context.notes.answers(response);
      const next = await this.#redirect(hop, response, hopPhases);
      if (next !== undefined && next !== 'refused') return { next };
      // Upstream has no phase for the heads and bodies of redirects that are followed.
      this.phases.add('transfer', hopPhases.seconds('transfer'));
      return { answer: next === 'refused' ? response : await this.#readAnswer(response) };
    } finally {
      exchange?.close();
      this.#logTimings(hop, hopPhases);
    }
  }

  /**
   * Dials, sends the request and waits for the first byte. Time spent on a connection counts only if there is one, as
   * in upstream.
   */
  async #open(hop: Hop, hopPhases: PhaseClock<HttpPhase>): Promise<HttpExchange> {
    const { url } = hop;
    const { log } = this.#context;
    const proxy = this.#options.proxy.proxyFor({ scheme: url.scheme, host: url.hostname, port: portOf(url) });
    const { policy, secrets } = this.#context;
    if (proxy !== undefined) noteProxySecrets(proxy, this.#options.proxyConnectHeaders, secrets);
    const to = proxy === undefined ? this.#originOf(hop) : destinationOf(proxy);
    policy.assertMayResolve(to);
    if (proxy !== undefined) policy.assertMayProxy(this.#originOf(hop));
    const request = await this.#requestFor(hop, proxy);
    const address = await this.#addressOf(to);
    if (url.scheme === 'https' || proxy?.scheme === 'https') await this.#prepareTls();
    log.debug('Making HTTP request', { url: hrefOf(url), host: request.authority });
    const asked = { scheme: to.scheme, host: to.host, hostname: to.hostname, policy };
    const exchange = await this.#dial({ url, address, proxy, asked, serverName: this.#serverName(hop) }, hopPhases);
    this.phases.add('connect', hopPhases.seconds('connect'));
    this.phases.add('tls', hopPhases.seconds('tls'));
    try {
      const body = hop.withBody ? await openBody(this.#options.recipe, this.#context.signal) : undefined;
      const whole = body === undefined ? request : { ...request, body };
      await hopPhases.time('processing', () => exchange.send(whole));
    } catch (error) {
      exchange.close();
      throw exchangeFailure(error, this.#context.signal);
    }
    this.phases.add('processing', hopPhases.seconds('processing'));
    return exchange;
  }

  #dial(plan: DialPlan, phases: PhaseClock<HttpPhase>): Promise<HttpExchange> {
    const { url, address, proxy, serverName } = plan;
    const { notes, signal } = this.#context;
    notes.dials(hrefOf(url), joinHostPort(address, proxy?.port ?? portOf(url)));
    const onTls = (facts: TlsFacts): void => {
      this.tls = facts;
      noteTls(facts, serverName, notes);
    };
    const onProxyTls = (facts: TlsFacts, name: string): void => {
      // A plain request has no other certificate, and upstream reports this one. That of an https target is its own or
      // none: an alert on its expiry must not see the proxy's.
      if (url.scheme === 'http') this.tls = facts;
      noteTls(facts, name, notes);
    };
    return dial(plan, { options: this.#options, signal, phases, onTls, onProxyTls });
  }

  async #requestFor(hop: Hop, proxy: Proxy | undefined): Promise<HttpRequest> {
    const { url } = hop;
    return buildRequest(this.#options.recipe, hop, {
      signal: this.#context.signal,
      secrets: this.#context.secrets,
      token: await this.#tokenFor(hop),
      cookie: this.#jar?.header(hrefOf(url)),
      proxy: url.scheme === 'http' && proxy?.scheme !== 'socks5' ? proxy : undefined,
    });
  }

  /** The address of a destination. Each name is looked up once in a probe, and judged for each destination. */
  async #addressOf(to: Destination): Promise<string> {
    const { host } = to;
    if (isAddress(host)) return host;
    const known = this.#addresses.get(host);
    if (known !== undefined) {
      this.#context.policy.assertMayDial(to, known.address, known.aliases);
      return known.address;
    }
    const { preferred } = this.#options.addresses;
    // Hops after the first may be reached over any family; the gauges tell of the target only.
    const context = { ...this.#context, metrics: new MetricSet() };
    const found = await this.phases.time('resolve', () =>
      resolveTarget(to, { preferred, fallback: true, firstOfOther: true }, { resolver: this.#resolver, context }),
    );
    this.#addresses.set(host, found);
    return found.address;
  }

  /**
   * The server of a hop. A Host header of the module is the operator's own and not judged. A redirect to a port alone
   * leads to this host, as for Go's dialer.
   */
  #originOf(hop: Hop): Destination {
    const { url, hostHeader } = hop;
    const host = hop !== this.#first && url.hostname === '' ? '127.0.0.1' : url.hostname;
    const hostname = hostHeader === this.#options.recipe.hostHeader ? undefined : hostHeader;
    return { scheme: url.scheme, host, port: portOf(url), hostname };
  }

  /** tls_config.server_name is for the target's own host; a Host header names the host that is meant. */
  #serverName(hop: Hop): string {
    const { serverName } = this.#options.tls;
    if (serverName !== undefined && hop.url.hostname === this.#first.url.hostname) return serverName;
    return hop.hostHeader === undefined ? hop.url.hostname : withoutPort(hop.hostHeader);
  }

  /** The hop that an answer redirects to, or whether it is refused; undefined for a final answer. */
  async #redirect(
    hop: Hop,
    response: HttpResponse,
    hopPhases: PhaseClock<HttpPhase>,
  ): Promise<Hop | 'refused' | undefined> {
    const location = redirectLocation(response.status, firstHeader(response.headers, 'Location'));
    if (location === undefined) return undefined;
    const next = redirectedHop(hop, response.status, location, this.#first.url.hostname);
    const { log, signal } = this.#context;
    this.redirects++;
    log.info('Received redirect', { location });
    if (!this.#options.followRedirects || this.redirects > MOST_REDIRECTS) {
      log.info('Not following redirect');
      return 'refused';
    }
    await hopPhases
      .time('transfer', () => readRedirectBody(response, signal))
      .catch((error: unknown) => {
        throw bodyFailure(error, signal, REQUEST_FAILED);
      });
    if (next instanceof UnsupportedSchemeError) throw redirectFailure('redirect_unsupported', next.message);
    await this.#keepCookies(hop, response);
    return next;
  }

  async #keepCookies(hop: Hop, response: HttpResponse): Promise<void> {
    const cookies = response.headers.get('Set-Cookie');
    if (cookies === undefined) return;
    this.#jar ??= await createCookieJar();
    await this.#jar.store(hrefOf(hop.url), cookies);
  }

  async #readAnswer(response: HttpResponse): Promise<FinalAnswer> {
    const { expectations, compression, bodyLimitBytes } = this.#options;
    const { bodyMatches, bodyNotMatches, celMatches, celNotMatches } = expectations;
    const { log, signal } = this.#context;
    log.debug('Received HTTP response', { status_code: response.status });
    const hold =
      bodyMatches.length + bodyNotMatches.length > 0 || celMatches !== undefined || celNotMatches !== undefined;
    const source: BodySource = {
      read: () =>
        response.readBody().catch((error: unknown) => {
          throw bodyFailure(error, signal);
        }),
    };
    const limits = { limitBytes: bodyLimitBytes, holdLimitBytes: LARGEST_HELD_BODY_BYTES };
    const body = await this.phases.time('transfer', () => readBody(source, { compression, hold, ...limits }, signal));
    this.#context.notes.looksAt('body', () => joined(body.beginning));
    const { version, status, headers, contentLength } = response;
    return { version, status, headers, contentLength, body };
  }

  #logTimings(hop: Hop, hopPhases: PhaseClock<HttpPhase>): void {
    this.#context.log.debug('Response timings for roundtrip', {
      url: hrefOf(hop.url),
      connect_seconds: hopPhases.seconds('connect'),
      tls_seconds: hopPhases.seconds('tls'),
      processing_seconds: hopPhases.seconds('processing'),
    });
  }
}

function destinationOf({ scheme, host, port }: Proxy): Destination {
  return { scheme, host, port };
}

function withoutPort(host: string): string {
  return host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1');
}
