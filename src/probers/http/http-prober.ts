import type { Resolver } from '../../net/resolve/resolver.js';
import { reportTls } from '../../net/tls/tls-report.js';
import { ProbeFailure } from '../../probe/failure.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import { UrlError } from '../../values/go/go-url.js';
import type { RawHttp } from '../../values/raw-config.js';
import type { Hop } from '../http-client/http-redirect.js';
import { parseHttpUrl } from '../http-client/http-url.js';
import { HttpChain } from './http-chain.js';
import { type CelPrograms, judge } from './http-checks.js';
import { describeExpectations } from './http-expectations.js';
import type { HttpObservation } from './http-observation.js';
import {
  type CelExpectation,
  compileHttpOptions,
  type HttpDeps,
  type HttpExpectations,
  type HttpOptions,
} from './http-options.js';
import {
  reportAnswer,
  reportNothingYet,
  reportPhases,
  reportRedirects,
  reportResolvePhase,
  reportVerdict,
} from './http-report.js';

/** The dependencies of the http prober. */
export type HttpProberDeps = HttpDeps;

/** Probes http and https URLs over HTTP/1.1 and HTTP/2. */
export function httpProber(deps: HttpProberDeps): Prober<'http'> {
  return defineProber<'http', RawHttp, HttpOptions>({
    name: 'http',
    compile: (raw) => compileHttpOptions(raw, deps),
    probe: (request, options, context) => probeHttp(request, options, deps.resolver, context),
    refuse: refuseHostname,
  });
}

/** The `hostname` parameter must not contradict a Host header of the module. */
function refuseHostname({ hostname = '' }: ProbeRequest, { recipe }: HttpOptions): string | undefined {
  const configured = recipe.hostHeader;
  if (hostname === '' || configured === undefined || configured === hostname) return undefined;
  return `host header defined both in module configuration (${configured}) and with URL-parameter 'hostname' (${hostname})`;
}

async function probeHttp(
  request: ProbeRequest,
  options: HttpOptions,
  resolver: Resolver,
  context: ProbeContext,
): Promise<void> {
  const { metrics } = context;
  const { celMatches, celNotMatches } = options.expectations;
  context.notes.expects(() => describeExpectations(options.expectations));
  reportNothingYet(metrics, { withCel: celMatches !== undefined || celNotMatches !== undefined });
  const chain = new HttpChain(firstHop(request, options), options, resolver, context);
  let observation: HttpObservation;
  try {
    observation = await chain.run();
  } catch (error) {
    // The certificate is shown also where it is the reason why there is no answer.
    if (chain.tls !== undefined) reportTls(metrics, chain.tls);
    throw error;
  } finally {
    reportRedirects(metrics, chain.redirects);
    if (chain.ready) reportPhases(metrics, chain.phases);
    else reportResolvePhase(metrics, chain.phases);
  }
  reportAnswer(metrics, observation);
  const programs = await loadCel(options.expectations);
  context.marks.enter('check');
  const verdict = await judge(observation, options.expectations, { programs, signal: context.signal });
  reportVerdict(metrics, verdict);
  if (verdict.failure !== undefined) throw verdict.failure;
}

/** A target without a scheme is meant to be http, as in upstream. */
function firstHop({ target, hostname = '' }: ProbeRequest, { recipe, http3 }: HttpOptions): Hop {
  if (http3) {
    throw new ProbeFailure('setup', 'http3_unsupported', 'HTTP/3 is not supported', {
      err: 'set enable_http3: false, Sonde has no QUIC client yet',
    });
  }
  const text = /^https?:\/\//i.test(target) ? target : `http://${target}`;
  try {
    return {
      url: parseHttpUrl(text),
      method: recipe.method,
      withBody: recipe.body !== undefined || recipe.bodyFile !== undefined,
      hostHeader: hostname === '' ? recipe.hostHeader : hostname,
      trusted: true,
      referer: undefined,
    };
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    throw new ProbeFailure('setup', 'invalid_target', 'Could not parse target URL', { err: error.message });
  }
}

async function loadCel({ celMatches, celNotMatches }: HttpExpectations): Promise<CelPrograms> {
  return { ...(await loaded('matches', celMatches)), ...(await loaded('notMatches', celNotMatches)) };
}

async function loaded(key: keyof CelPrograms, expectation: CelExpectation | undefined): Promise<CelPrograms> {
  if (expectation === undefined) return {};
  const { expression, program } = expectation;
  return { [key]: { expression, program: await program } };
}
